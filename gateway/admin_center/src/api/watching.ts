/** Jobs, watched while they change: all of a page by one stream. */

import { effect, untracked } from "@preact/signals";
import { getJob, listJobs } from "./calls.ts";
import { asApiError, send } from "./client.ts";
import { credential, readCredential, tenantHeader } from "./credential.ts";
import { hearStream, type News } from "./shared_stream.ts";
import { ENDED, type Job } from "./wire.ts";

interface Listener {
  onJob: (job: Job) => void;
  /** Called where changes may have been missed: what is known is to be asked for anew. */
  onDoubt?: () => Promise<void>;
}

/** How long a stream is kept that nobody listens to: on the way from one page to the next nobody does. */
const KEPT_MILLISECONDS = 3000;
const MOST_KNOWN = 500;
const PART = "200";

const listeners = new Set<Listener>();
const followed = new Map<string, number>();
/** Jobs as the stream told them last, since it began. */
const known = new Map<string, Job>();
let running: { identity: string; stop: AbortController } | null = null;
let catchingUp: "no" | "once" | "again" = "no";

/** Hear of every change of the tenant's jobs that the reader may see, until the signal stops it. */
export function listen(listener: Listener, signal: AbortSignal): void {
  if (signal.aborted) return;
  listeners.add(listener);
  signal.addEventListener("abort", () => leave(listener), { once: true });
  connect();
}

function leave(listener: Listener): void {
  listeners.delete(listener);
  setTimeout(connect, KEPT_MILLISECONDS);
}

/** Have a stream for whoever is signed in now, as long as somebody listens. */
function connect(): void {
  const isWanted = listeners.size > 0 && readCredential() !== null;
  const identity = isWanted ? JSON.stringify([readCredential(), tenantHeader()]) : null;
  if (identity === (running?.identity ?? null)) return;
  running?.stop.abort();
  known.clear();
  running = identity === null ? null : { identity, stop: new AbortController() };
  if (running !== null) void hearStream(running.identity, hear, running.stop.signal);
}

effect(() => {
  void credential.value;
  untracked(connect);
});

function hear(news: News): void {
  if (news.kind === "event") note(JSON.parse(news.event.data) as Job);
  else void catchUp();
}

/** Tell all who listen how a job stands. */
export function note(job: Job): void {
  const before = known.get(job.id);
  if (before !== undefined && isOlder(job, before)) return;
  known.delete(job.id);
  known.set(job.id, job);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  for (const each of [...listeners]) each.onJob(job);
}

async function catchUp(): Promise<void> {
  known.clear();
  if (catchingUp !== "no") {
    catchingUp = "again"; // what is being asked for may be older than this stream
    return;
  }
  do {
    catchingUp = "once";
    const asked = [askForFollowed(), ...[...listeners].map((each) => each.onDoubt?.())];
    await Promise.allSettled(asked); // where one fails, the next sign of the stream comes soon
  } while (isAskedAgain());
  catchingUp = "no";
}

function isAskedAgain(): boolean {
  return catchingUp === "again";
}

/** One listing tells of many jobs; what it does not have is asked for one by one. */
async function askForFollowed(): Promise<void> {
  const missing = new Set(followed.keys());
  const { jobs } = missing.size > 1 ? await send(listJobs({ limit: PART })) : { jobs: [] };
  for (const job of jobs.filter(({ id }) => missing.delete(id))) note(job);
  for (const id of missing) await send(getJob(id)).then(note, throwUnlessUnknown);
}

function throwUnlessUnknown(error: unknown): void {
  if (asApiError(error).code !== "JOB_UNKNOWN") throw error;
}

/** Tell a job now, and at every change until it has ended or the signal stops it. Raises: ApiError, of a job that cannot be read. */
export async function watchJob(id: string, show: (job: Job) => void, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let shown: Job | null = null;
  const onJob = (job: Job) => {
    if (job.id !== id || either.aborted || (shown !== null && isOlder(job, shown))) return;
    shown = job;
    show(job);
    if (ENDED.has(job.status)) over.abort();
  };
  listen({ onJob }, either);
  follow(id, 1);
  try {
    const told = known.get(id);
    if (told === undefined) await ask(id, onJob, either);
    else onJob(told);
    await aborted(either);
  } finally {
    follow(id, -1);
    over.abort();
  }
}

/** A gateway that cannot be reached is no error of the job: it is asked again when the stream is. */
async function ask(id: string, tell: (job: Job) => void, signal: AbortSignal): Promise<void> {
  try {
    tell(await send(getJob(id), signal));
  } catch (error) {
    if (!signal.aborted && asApiError(error).code !== "UNREACHABLE") throw error;
  }
}

function follow(id: string, more: number): void {
  const count = (followed.get(id) ?? 0) + more;
  if (count > 0) followed.set(id, count);
  else followed.delete(id);
}

/** Of two states of a job, which come by different ways, the earlier one. */
function isOlder(job: Job, than: Job): boolean {
  return Date.parse(job.updated) < Date.parse(than.updated);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Return the job once it has ended, or as it was last where the signal stops the wait. */
export async function untilEnded(id: string, signal: AbortSignal): Promise<Job | null> {
  let last: Job | null = null;
  await watchJob(
    id,
    (job) => {
      last = job;
    },
    signal,
  );
  return last;
}
