/** What an archive holds, and what speaks against it. */

import type { Inspection } from "../api/wire.ts";
import { formatBytes, formatNumber } from "../lib/format.ts";
import { Fact, Facts } from "./facts.tsx";
import { Icon } from "./icon.tsx";

export function DiskNote({ inspection }: { inspection: Inspection }) {
  const { disk } = inspection;
  const isShort = disk.worker_bytes > disk.free_bytes;
  return (
    <p class={isShort ? "bad-text" : "fine"}>
      {isShort && <Icon name="warning" />} Disk: {formatBytes(disk.inflated_bytes)} unpacked,{" "}
      {formatBytes(disk.worker_bytes)} for temporary files of {formatBytes(disk.free_bytes)} free, at least{" "}
      {formatBytes(disk.database_bytes)} in the database.
    </p>
  );
}

export function Warnings({ inspection }: { inspection: Inspection }) {
  const lacking = inspection.conflicts.filter((each) => each.missing_schema.length > 0);
  if (inspection.warnings.length === 0 && lacking.length === 0) return null;
  return (
    <ul class="remarks">
      {inspection.warnings.map((each) => (
        <li key={each}>
          <Icon name="warning" /> {each}
        </li>
      ))}
      {lacking.map((each) => (
        <li key={each.name}>
          <Icon name="warning" /> {each.name}: the database lacks{" "}
          {each.missing_schema
            .map(
              (entry) =>
                `${entry.type} ${entry.kind} on ${entry.labels_or_types.join("|")}(${entry.properties.join(", ")})`,
            )
            .join("; ")}
        </li>
      ))}
    </ul>
  );
}

export function Contents({ inspection }: { inspection: Inspection }) {
  return (
    <table class="data stack">
      <thead>
        <tr>
          <th scope="col">Application</th>
          <th scope="col">Version</th>
          <th scope="col" class="number">
            Nodes
          </th>
          <th scope="col" class="number">
            Relationships
          </th>
          <th scope="col" class="number">
            Properties
          </th>
          <th scope="col" class="number">
            Shared
          </th>
          <th scope="col" class="number">
            References
          </th>
        </tr>
      </thead>
      <tbody>
        {inspection.applications.map((each) => (
          <tr key={`${each.name} ${each.version}`}>
            <th scope="row" data-label="Application">
              {each.name}
            </th>
            <td data-label="Version">{each.version}</td>
            <td data-label="Nodes" class="number">
              {formatNumber(each.nodes)}
            </td>
            <td data-label="Relationships" class="number">
              {formatNumber(each.relationships)}
            </td>
            <td data-label="Properties" class="number">
              {formatNumber(each.properties)}
            </td>
            <td data-label="Shared nodes" class="number">
              {formatNumber(each.shared_nodes)}
            </td>
            <td data-label="External references" class="number">
              {formatNumber(sumOf(each.external_references))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const KINDS: Record<string, string> = {
  graphferry: "Graphferry archive",
  graphml: "GraphML of another tool",
  csv: "CSV tables of an older exporter",
};

export function InspectionFacts({ inspection }: { inspection: Inspection }) {
  return (
    <Facts>
      <Fact name="Form">
        {KINDS[inspection.kind] ?? inspection.kind}
        {inspection.format_version !== null && `, format ${inspection.format_version}`}
        {inspection.tool_version !== null && `, written by version ${inspection.tool_version}`}
      </Fact>
      <Fact name="Size">{formatBytes(inspection.bytes)}</Fact>
      <Fact name="SHA-256">
        <code class="breaks">{inspection.sha256}</code>
      </Fact>
      <Fact name="Checked">{inspection.checks.map((each) => each.replaceAll("_", " ")).join(", ")}</Fact>
    </Facts>
  );
}
