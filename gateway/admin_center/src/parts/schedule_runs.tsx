/** What became of the times of a schedule. */

import { listRuns } from "../api/calls.ts";
import type { Run, Schedule } from "../api/wire.ts";
import { useLoad } from "../lib/loading.ts";
import { hrefTo } from "../state/address.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Curl } from "./curl.tsx";
import { Dialog } from "./dialog.tsx";
import { Moment } from "./moment.tsx";
import { Ready } from "./states.tsx";
import { type Column, Table } from "./table.tsx";

const TONES: Record<Run["outcome"], Tone> = { submitted: "busy", failed: "bad", skipped: "warn", missed: "warn" };

/** One time, with its job's end once there is one. */
export function RunView({ run }: { run: Run }) {
  const tone = run.status === null ? TONES[run.outcome] : run.status === "closed" ? "good" : "bad";
  const word = run.status ?? (run.number > 1 ? `${run.outcome} (${run.number})` : run.outcome);
  return (
    <>
      <Moment time={run.due} /> <Badge tone={tone}>{word}</Badge>{" "}
      {run.job_id && <a href={hrefTo(["jobs", run.job_id])}>Job</a>}
    </>
  );
}

const COLUMNS: Column<Run>[] = [
  { name: "Time", show: (run) => <RunView run={run} /> },
  { name: "Why", show: ({ reason, code }) => reason ?? code ?? "–" },
  { name: "By", show: ({ by }) => by ?? "the clock" },
];

export function RunsDialog({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const call = listRuns(schedule.id);
  const loaded = useLoad(call);
  return (
    <Dialog title={`History of ${schedule.name}`} onClose={onClose} isWide>
      <Ready loaded={loaded}>
        {({ runs }) =>
          runs.length === 0 ? (
            <p class="muted">Its first time has not come yet.</p>
          ) : (
            <Table columns={COLUMNS} rows={runs} keyOf={({ due }) => due ?? ""} />
          )
        }
      </Ready>
      <Curl calls={call} />
    </Dialog>
  );
}
