/** One job of a list. */

import type { Job } from "../api/wire.ts";
import { formatSeconds, sentence } from "../lib/format.ts";
import { secondsOf, titleOf } from "../lib/job_words.ts";
import { countsOf } from "../lib/rate.ts";
import { hrefTo } from "../state/address.ts";
import { now } from "../state/clock.ts";
import { StatusBadge } from "./badge.tsx";
import { Bar } from "./bar.tsx";
import { Moment } from "./moment.tsx";

export function JobRow({ job }: { job: Job }) {
  return (
    <a class="job-row" href={hrefTo(["jobs", job.id])}>
      <StatusBadge status={job.status} />
      <span class="job-title">{titleOf(job)}</span>
      <span class="job-place">{job.database}</span>
      <span class="job-who">{job.created_by}</span>
      <span class="job-when">
        <Moment time={job.created} />
      </span>
      <span class="job-took">
        <Course job={job} />
      </span>
    </a>
  );
}

function Course({ job }: { job: Job }) {
  if (job.status === "in_progress") {
    const { done, total } = countsOf(job);
    return <Bar fraction={total ? done / total : null} label={sentence(job.phase)} />;
  }
  const seconds = secondsOf(job, now.value);
  return seconds === null ? <span class="muted">–</span> : <>{formatSeconds(seconds)}</>;
}
