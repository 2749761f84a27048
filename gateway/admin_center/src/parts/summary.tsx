/** What a closed job did, application by application. */

import type { Difference, Job, SummaryApplication } from "../api/wire.ts";
import { formatNumber, plural, sentence } from "../lib/format.ts";
import { hrefTo } from "../state/address.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Icon } from "./icon.tsx";
import { type Column, counts, Table } from "./table.tsx";

const TONES: Record<string, Tone> = { skipped: "quiet", conflict: "bad", deleted: "warn" };

export function Summary({ job }: { job: Job }) {
  const { applications = [], others = 0 } = job.summary;
  if (applications.length + others === 0) return null;
  return (
    <>
      {applications.length > 0 && (
        <Table columns={columnsOf(job)} rows={applications} keyOf={({ name, version }) => `${name} ${version}`} />
      )}
      {others > 0 && <p class="fine">{plural(others, "hidden application")}: not yours to see.</p>}
      <Remarks job={job} />
    </>
  );
}

function columnsOf(job: Job): Column<SummaryApplication>[] {
  return [
    { name: "Application", show: (application) => <Name application={application} job={job} /> },
    { name: "Version", show: ({ version }) => version ?? "1.0.0" },
    { name: "Outcome", show: (application) => <Outcome application={application} /> },
    counts("Nodes", ({ nodes }) => nodes ?? 0),
    counts("Relationships", ({ relationships }) => relationships ?? 0),
  ];
}

function Name({ application, job }: { application: SummaryApplication; job: Job }) {
  const { name, source_name } = application;
  const isThere = job.kind !== "delete" && !job.summary.dry_run;
  return (
    <>
      {isThere ? <a href={hrefTo(["applications", name], { database: job.database })}>{name}</a> : name}
      {source_name && source_name !== name && <span class="fine"> from {source_name}</span>}
    </>
  );
}

function Outcome({ application: { status, difference } }: { application: SummaryApplication }) {
  return (
    <>
      <Badge tone={TONES[status ?? ""] ?? "good"}>{sentence(status ?? "exported")}</Badge>
      {difference && <DifferenceNote difference={difference} />}
    </>
  );
}

function DifferenceNote({ difference }: { difference: Difference }) {
  if (difference.equal) return <span class="fine"> equal to what is there</span>;
  const changes = Object.entries(difference.elements ?? {}).filter(([, each]) => each.count > 0);
  const words = changes.map(([name, each]) => `${formatNumber(each.count)} ${name.replaceAll("_", " ")}`);
  return <span class="fine"> {words.length > 0 ? words.join(", ") : "differs from what is there"}</span>;
}

function Remarks({ job }: { job: Job }) {
  const { references, shared, references_lost, warnings = [] } = job.summary;
  const remarks = [
    ...(references?.connected ? [`${plural(references.connected, "reference")} to other applications connected.`] : []),
    ...(references?.pending ? [`${plural(references.pending, "reference")} pending: the far node is not there.`] : []),
    ...(shared?.joined
      ? [`${plural(shared.joined, "shared node")} joined, ${shared.differing} of them differing.`]
      : []),
    ...(references_lost?.count ? [`${plural(references_lost.count, "reference")} of other applications lost.`] : []),
    ...warnings,
  ];
  if (remarks.length === 0) return null;
  return (
    <ul class="remarks">
      {remarks.map((each) => (
        <li key={each}>
          <Icon name="warning" /> {each}
        </li>
      ))}
    </ul>
  );
}
