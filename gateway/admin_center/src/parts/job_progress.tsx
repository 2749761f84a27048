/** How far a job is: phase, counts, rate, time left. */

import type { Job } from "../api/wire.ts";
import { formatNumber, formatSeconds, formatShort, plural, sentence } from "../lib/format.ts";
import { secondsOf } from "../lib/job_words.ts";
import { countsOf, type Pace } from "../lib/rate.ts";
import { now } from "../state/clock.ts";
import { Bar } from "./bar.tsx";

export function JobProgress({ job, pace }: { job: Job; pace: Pace | null }) {
  const isRunning = job.status === "in_progress";
  const { done, total } = countsOf(job);
  if (job.status === "created") return <p class="muted">Waits for the tenant's turn.</p>;
  return (
    <div class="job-progress">
      {isRunning && <Bar fraction={pace?.fraction ?? null} label={`Progress: ${sentence(job.phase)}`} />}
      <p class="figures" aria-live="off">
        {isRunning && <strong>{sentence(job.phase)}</strong>}
        {(done > 0 || total !== null) && (
          <span>
            {formatNumber(done)}
            {total !== null && isRunning && ` of ${formatNumber(total)}`} elements
          </span>
        )}
        {isRunning && <Speed pace={pace} />}
        {!isRunning && <Took job={job} done={done} />}
      </p>
    </div>
  );
}

function Speed({ pace }: { pace: Pace | null }) {
  if (!pace?.perSecond) return null;
  return (
    <>
      <span>{formatShort(pace.perSecond)} per second</span>
      {pace.secondsLeft !== null && pace.secondsLeft > 0 && <span>about {formatSeconds(pace.secondsLeft)} left</span>}
    </>
  );
}

function Took({ job, done }: { job: Job; done: number }) {
  const seconds = secondsOf(job, now.value);
  if (seconds === null) return null;
  return (
    <>
      <span>in {formatSeconds(seconds)}</span>
      {done > 0 && seconds > 0 && <span>{formatShort(done / seconds)} per second</span>}
      {job.crashes > 0 && <span>{plural(job.crashes, "worker")} lost on the way</span>}
    </>
  );
}
