/** A job beside what it was submitted from: live, then what it did and what can be done next. */

import { useSignal } from "@preact/signals";
import { cancelJob } from "../api/calls.ts";
import { send } from "../api/client.ts";
import { ENDED, type Job } from "../api/wire.ts";
import { useActing } from "../lib/acting.ts";
import { useLiveJob } from "../lib/live_job.ts";
import { hrefTo } from "../state/address.ts";
import { may } from "../state/session.ts";
import { StatusBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { DownloadButton } from "./download.tsx";
import { GrantDialog } from "./grant_dialog.tsx";
import { JobProgress } from "./job_progress.tsx";
import { LeftNote } from "./left_note.tsx";
import { ErrorBox, Loading } from "./states.tsx";
import { Summary } from "./summary.tsx";

export function JobOutcome({ id }: { id: string }) {
  const { job, pace, error } = useLiveJob(id);
  if (error) return <ErrorBox error={error} />;
  if (job === null) return <Loading what="Submitted" />;
  return (
    <div class="outcome" data-status={job.status}>
      <p class="headline">
        <StatusBadge status={job.status} />
        <a href={hrefTo(["jobs", id])}>Job and log</a>
      </p>
      <JobProgress job={job} pace={pace} />
      {job.failure && (
        <p class="error box">
          {job.failure.message} <span class="fine">{job.failure.code}</span>
        </p>
      )}
      <LeftNote job={job} />
      <Summary job={job} />
      <Next job={job} />
    </div>
  );
}

function Next({ job }: { job: Job }) {
  const isGranting = useSignal(false);
  const acting = useActing();
  const names = (job.summary.applications ?? []).filter((each) => each.status !== "skipped").map((each) => each.name);
  const isImported = job.status === "closed" && job.kind === "import" && !job.summary.dry_run;
  return (
    <div class="actions">
      <ErrorBox error={acting.error.value} />
      {!ENDED.has(job.status) && (
        <Button
          icon="stop"
          busy={acting.busy.value}
          disabled={job.cancel !== null}
          onClick={() => void acting.run(async () => void (await send(cancelJob(job.id, ""))))}
        >
          Cancel
        </Button>
      )}
      {isImported && may.value.may_import && names.length > 0 && (
        <Button icon="share" onClick={() => (isGranting.value = true)}>
          Grant access
        </Button>
      )}
      {job.status === "closed" && job.kind === "export" && job.archive && (
        <DownloadButton name={job.archive.name} kind="primary" />
      )}
      {isGranting.value && (
        <GrantDialog
          database={job.database}
          applications={names}
          onClose={() => {
            isGranting.value = false;
          }}
        />
      )}
    </div>
  );
}
