/** Inspections: the gateway makes a job of what takes long, and the page waits for its end. */

import type { Call } from "./call.ts";
import { cancelJob, getInspection } from "./calls.ts";
import { ApiError, request, send } from "./client.ts";
import { Lanes } from "./lanes.ts";
import { untilEnded } from "./watching.ts";
import type { Inspection, Job } from "./wire.ts";

const ASKS_FOR_A_JOB = { Prefer: "respond-async" };
const ACCEPTED = 202;
const lanes = new Lanes("graphferry-check", 2);

/**
 * Have an archive inspected; where the signal says that nobody waits any more, its job is cancelled. `onJob` is told that
 * it takes long: its job waits for its turn, as others do.
 */
export async function inspect(
  call: Call<Inspection>,
  signal: AbortSignal,
  onJob: () => void = () => undefined,
): Promise<Inspection> {
  const [status, answer] = await lanes.run(async () => {
    const response = await request(call, signal, ASKS_FOR_A_JOB);
    return [response.status, (await response.json()) as Inspection | Job] as const;
  }, signal);
  if (status !== ACCEPTED) return answer as Inspection;
  const { id } = answer as Job;
  onJob();
  const job = await untilEnded(id, signal);
  if (signal.aborted) await send(cancelJob(id, "nobody waits for it")).catch(() => undefined);
  signal.throwIfAborted();
  if (job?.status !== "closed") throw failureOf(job);
  return await send(getInspection(id), signal);
}

function failureOf(job: Job | null): ApiError {
  const failure = job?.failure ?? null;
  if (failure !== null) return new ApiError(failure.message, 0, failure.code, failure.details);
  return new ApiError(`The inspection ended as ${job?.status ?? "unknown"}.`, 0, "INSPECTION_ENDED");
}
