/** Jobs, watched until they have ended. */

import { followJob, getJob } from "./calls.ts";
import { send } from "./client.ts";
import { follow } from "./events.ts";
import { ENDED, type Job } from "./wire.ts";

/** Tell a job now, and at every change until it has ended or the signal stops it. */
export async function watchJob(id: string, show: (job: Job) => void, signal: AbortSignal): Promise<void> {
  const ask = async () => show(await send(getJob(id), signal));
  await ask();
  await follow({
    call: followJob(id),
    onEvent: (event) => show(JSON.parse(event.data) as Job),
    onGap: ask,
    signal,
  });
}

/** Return the job once it has ended, or as it was last where the signal stops the wait. */
export async function untilEnded(id: string, signal: AbortSignal): Promise<Job | null> {
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  let last: Job | null = null;
  const note = (job: Job) => {
    last = job;
    if (ENDED.has(job.status)) end.abort();
  };
  await watchJob(id, note, either).catch((error: unknown) => {
    if (!either.aborted) throw error;
  });
  return last;
}
