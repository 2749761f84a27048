/** One job: how far it is, what it did, its course, its log. */

import { useSignal } from "@preact/signals";
import { cancelJob, getJob, retryJob } from "../api/calls.ts";
import { ENDED, type Job } from "../api/wire.ts";
import { formatBytes, formatMoment } from "../lib/format.ts";
import { titleOf } from "../lib/job_words.ts";
import { useLiveJob } from "../lib/live_job.ts";
import type { Pace } from "../lib/rate.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { StatusBadge } from "../parts/badge.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { DownloadButton } from "../parts/download.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { TextField } from "../parts/fields.tsx";
import { GrantDialog } from "../parts/grant_dialog.tsx";
import { JobProgress } from "../parts/job_progress.tsx";
import { LeftNote } from "../parts/left_note.tsx";
import { LogView } from "../parts/log_view.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { ErrorBox, Loading } from "../parts/states.tsx";
import { Summary } from "../parts/summary.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { address, go, hrefTo } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";
import { ReceiptPage } from "./receipt.tsx";

export function JobPage({ name: id }: { name: string }) {
  return address.value.path[2] === "receipt" ? <ReceiptPage id={id} /> : <Live id={id} />;
}

function Live({ id }: { id: string }) {
  const { job, pace, error } = useLiveJob(id);
  if (error) return <ErrorBox error={error} />;
  if (job === null) return <Loading />;
  return <Shown job={job} pace={pace} />;
}

function Shown({ job, pace }: { job: Job; pace: Pace | null }) {
  return (
    <>
      <PageHead title={titleOf(job)} above={{ href: hrefTo(["jobs"]), text: "Jobs" }}>
        <JobActions job={job} />
      </PageHead>
      <div class="columns">
        <section class="card" aria-label="State">
          <p class="headline">
            <StatusBadge status={job.status} />
            {job.cancel && !ENDED.has(job.status) && <span class="muted">asked to stop</span>}
          </p>
          <JobProgress job={job} pace={pace} />
          {job.failure && <FailureBox job={job} />}
          <LeftNote job={job} />
          <Summary job={job} />
          {job.archive && job.kind === "export" && <Written job={job} />}
        </section>
        <section class="card" aria-labelledby="course-title">
          <h2 id="course-title">Course</h2>
          <Timeline job={job} />
        </section>
      </div>
      <section class="card" aria-labelledby="facts-title">
        <h2 id="facts-title">Request</h2>
        <RequestFacts job={job} />
      </section>
      <LogView jobId={job.id} name={job.log} isOver={ENDED.has(job.status)} />
      <Curl calls={getJob(job.id)} />
    </>
  );
}

function JobActions({ job }: { job: Job }) {
  const open = useSignal<"cancel" | "retry" | "grant" | null>(null);
  const close = () => {
    open.value = null;
  };
  const isOver = ENDED.has(job.status);
  const granted = (job.summary.applications ?? []).filter((each) => each.status !== "skipped").map((each) => each.name);
  const isImported = job.status === "closed" && ["import", "copy"].includes(job.kind) && !job.summary.dry_run;
  return (
    <>
      {!isOver && (
        <Button icon="stop" kind="danger" onClick={() => (open.value = "cancel")} disabled={job.cancel !== null}>
          Cancel
        </Button>
      )}
      {isOver && job.status !== "closed" && (
        <Button icon="retry" kind="primary" onClick={() => (open.value = "retry")}>
          Retry
        </Button>
      )}
      {isImported && may.value.may_import && granted.length > 0 && (
        <Button icon="share" kind="primary" onClick={() => (open.value = "grant")}>
          Grant access
        </Button>
      )}
      {job.status === "closed" && job.kind === "export" && job.archive && (
        <DownloadButton name={job.archive.name} kind="primary" />
      )}
      {isOver && (
        <LinkButton icon="file" href={hrefTo(["jobs", job.id, "receipt"])}>
          Receipt
        </LinkButton>
      )}
      {open.value === "cancel" && <CancelDialog job={job} onClose={close} />}
      {open.value === "retry" && <RetryDialog job={job} onClose={close} />}
      {open.value === "grant" && <GrantDialog database={job.database} applications={granted} onClose={close} />}
    </>
  );
}

function CancelDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const reason = useSignal("");
  const done = () => {
    tell("The job is asked to stop; what it did is taken back.");
    onClose();
  };
  return (
    <ActionDialog
      title="Cancel this job?"
      submit="Cancel the job"
      call={cancelJob(job.id, reason.value.trim())}
      onDone={done}
      onClose={onClose}
      isDangerous
    >
      <p>A waiting job ends at once. A running one stops at its next batch, and undoes what it did.</p>
      <TextField label="Reason" value={reason} hint="For those who look at the job later." />
    </ActionDialog>
  );
}

function RetryDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const done = (next: Job) => {
    tell("Submitted again.");
    onClose();
    go(["jobs", next.id]);
  };
  return (
    <ActionDialog title="Submit this job again?" submit="Retry" call={retryJob(job.id)} onDone={done} onClose={onClose}>
      <p>A new job does the same request. This one stays as it is.</p>
    </ActionDialog>
  );
}

function FailureBox({ job }: { job: Job }) {
  const { code, message, details } = job.failure ?? { code: "", message: "", details: [] };
  return (
    <div class="error box">
      <div>
        <p>{message}</p>
        {details.length > 0 && <pre tabindex={0}>{details.join("\n")}</pre>}
        <p class="fine">{code}</p>
      </div>
    </div>
  );
}

function Written({ job }: { job: Job }) {
  const archive = job.archive;
  if (archive === null) return null;
  return (
    <Facts>
      <Fact name="Archive">
        <a href={hrefTo(["archives", archive.name])}>{archive.name}</a>, {formatBytes(archive.bytes)}
      </Fact>
      <Fact name="SHA-256">
        <code class="breaks">{archive.sha256}</code>
      </Fact>
    </Facts>
  );
}

function RequestFacts({ job }: { job: Job }) {
  return (
    <>
      <Facts>
        <Fact name="Job">
          <code class="breaks">{job.id}</code>
        </Fact>
        <Fact name="Database">{job.database}</Fact>
        <Fact name="Submitted">
          {formatMoment(job.created)} by {job.created_by}, {job.surface} surface
        </Fact>
        {job.request.archive_name && <Fact name="Archive">{job.request.archive_name}</Fact>}
        {job.retry_of && (
          <Fact name="Again after">
            <a href={hrefTo(["jobs", job.retry_of])}>an earlier job</a>
          </Fact>
        )}
        {(job.depends_on ?? []).length > 0 && (
          <Fact name="Waits for">
            {(job.depends_on ?? []).map((each) => (
              <a key={each} href={hrefTo(["jobs", each])}>
                {each}
              </a>
            ))}
          </Fact>
        )}
      </Facts>
      <details class="raw">
        <summary>Everything that was asked for</summary>
        <pre tabindex={0}>{JSON.stringify(job.request, null, 2)}</pre>
      </details>
    </>
  );
}
