/** What an archive holds, and what speaks against it. */

import type { Conflict, Inspection } from "../api/wire.ts";
import { formatBytes, plural } from "../lib/format.ts";
import { Fact, Facts } from "./facts.tsx";
import { Icon } from "./icon.tsx";
import { type Column, counts, Table } from "./table.tsx";

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
  const refused = inspection.conflicts.filter((each) => (each.catalogue_content ?? each.refusal ?? null) !== null);
  const keyed = inspection.conflicts.filter(({ joins }) => joins !== null && joins.joined + joins.refused > 0);
  if (inspection.warnings.length + lacking.length + refused.length + keyed.length === 0) return null;
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
      {refused.map((each) => (
        <Refused key={`${each.name} ${each.version}`} message={each.catalogue_content ?? each.refusal ?? null} />
      ))}
      {keyed.map((each) => (
        <Joins key={`${each.name} ${each.version}`} conflict={each} />
      ))}
    </ul>
  );
}

/** What becomes of nodes whose keys are taken in the database. */
function Joins({ conflict: { name, joins } }: { conflict: Conflict }) {
  if (joins === null) return null;
  const labels = Object.entries(joins.labels).map(([label, count]) => `${count} ${label}`);
  return (
    <>
      {joins.joined > 0 && (
        <li>
          <Icon name="share" /> {name}: {plural(joins.joined, "node")} will be joined to those in the database that have
          their keys ({labels.join(", ")})
        </li>
      )}
      <Refused message={joins.message} />
    </>
  );
}

function Refused({ message }: { message: string | null }) {
  if (message === null) return null;
  return (
    <li>
      <Icon name="warning" /> An import would be refused: {message}
    </li>
  );
}

const COLUMNS: Column<Inspection["applications"][number]>[] = [
  { name: "Application", show: ({ name }) => name },
  { name: "Version", show: ({ version }) => version },
  counts("Nodes", ({ nodes }) => nodes),
  counts("Relationships", ({ relationships }) => relationships),
  counts("Properties", ({ properties }) => properties),
  counts("Shared nodes", ({ shared_nodes }) => shared_nodes),
  counts("References", ({ external_references }) => sumOf(external_references)),
];

export function Contents({ inspection }: { inspection: Inspection }) {
  return <Table columns={COLUMNS} rows={inspection.applications} keyOf={({ name, version }) => `${name} ${version}`} />;
}

function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const KINDS: Record<string, string> = {
  graphferry: "Graphferry archive",
  graphml: "GraphML of another tool",
  csv: "CSV tables of an older exporter",
};

/** Whose GraphML it is, by what the report calls them. */
const WRITERS: Record<string, string> = {
  graphferry: "Graphferry",
  yed: "yEd or yFiles",
  tinkerpop: "TinkerPop (Gremlin, Joern)",
  cytoscape: "Cytoscape",
  gephi: "Gephi",
  igraph: "igraph",
  "graph-tool": "graph-tool",
  jgrapht: "JGraphT",
  "neo4j-procedures": "Neo4j's procedure library",
  networkx: "NetworkX",
  graphml: "plain, no writer recognised",
};

export function InspectionFacts({ inspection }: { inspection: Inspection }) {
  const writers = new Set(inspection.applications.flatMap(({ dialects }) => dialects));
  return (
    <Facts>
      <Fact name="Form">
        {KINDS[inspection.kind] ?? inspection.kind}
        {inspection.format_version !== null && `, format ${inspection.format_version}`}
        {inspection.tool_version !== null && `, written by version ${inspection.tool_version}`}
      </Fact>
      {writers.size > 0 && <Fact name="Dialect">{[...writers].map((each) => WRITERS[each] ?? each).join(", ")}</Fact>}
      <Fact name="Size">{formatBytes(inspection.bytes)}</Fact>
      <Fact name="SHA-256">
        <code class="breaks">{inspection.sha256}</code>
      </Fact>
      <Fact name="Checked">{inspection.checks.map((each) => each.replaceAll("_", " ")).join(", ")}</Fact>
    </Facts>
  );
}
