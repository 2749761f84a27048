/** The jobs of a listing: those loaded so far, kept up to date as they change. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { listJobs } from "../api/calls.ts";
import { type ApiError, asApiError, send } from "../api/client.ts";
import { listen } from "../api/watching.ts";
import type { Job } from "../api/wire.ts";
import { tenant } from "../state/session.ts";

const PART = "500";

export interface JobList {
  jobs: Job[];
  error: ApiError | null;
  isLoading: boolean;
  isWhole: boolean;
  more: () => void;
  reload: () => void;
}

interface State {
  jobs: Job[];
  cursor: string | null;
  error: ApiError | null;
  isLoading: boolean;
}

const EMPTY: State = { jobs: [], cursor: null, error: null, isLoading: true };

/** List the jobs that a query asks for, newest first; `fits` says which changed job belongs among them. */
export function useJobList(query: Record<string, string>, fits: (job: Job) => boolean): JobList {
  const [state, setState] = useState(EMPTY);
  const [turn, setTurn] = useState(0);
  const isAsking = useRef(false);
  // All that is asked for one query ends with it: a part that comes late belongs to another list.
  const stop = useRef(new AbortController());
  const wanted = `${tenant.value} ${JSON.stringify(query)}`;

  const load = async (cursor: string | null) => {
    const { signal } = stop.current;
    isAsking.current = true;
    try {
      const page = await send(listJobs({ ...query, limit: PART, ...(cursor === null ? {} : { cursor }) }), signal);
      setState((before) => ({
        jobs: merge(before.jobs, page.jobs),
        cursor: page.next_cursor,
        error: null,
        isLoading: false,
      }));
    } catch (error) {
      if (!signal.aborted) setState((before) => ({ ...before, error: asApiError(error), isLoading: false }));
    } finally {
      if (!signal.aborted) isAsking.current = false;
    }
  };

  useEffect(() => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setState(EMPTY);
    void load(null);
    const onJob = (job: Job) => setState((before) => ({ ...before, jobs: place(before.jobs, job, fits(job)) }));
    listen({ onJob, onDoubt: () => refresh(query, setState, signal) }, signal);
    return () => stop.current.abort();
  }, [wanted, turn]);

  const { cursor } = state;
  const more = useCallback(() => {
    if (cursor !== null && !isAsking.current) void load(cursor);
  }, [cursor, wanted]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, isWhole: !state.isLoading && cursor === null, more, reload };
}

/** Ask for the newest jobs, and bring those that are shown up to date. */
async function refresh(
  query: Record<string, string>,
  setState: (change: (before: State) => State) => void,
  signal: AbortSignal,
): Promise<void> {
  const page = await send(listJobs({ ...query, limit: "50" }), signal);
  setState((before) => ({ ...before, jobs: merge(before.jobs, page.jobs), error: null }));
}

/** Ids begin with the time of submission, so their order is that of the listing; of a job's states the later one stays. */
function merge(before: Job[], found: Job[]): Job[] {
  const all = new Map(before.map((job) => [job.id, job]));
  for (const job of found) {
    const known = all.get(job.id);
    if (known === undefined || Date.parse(known.updated) <= Date.parse(job.updated)) all.set(job.id, job);
  }
  return [...all.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
}

function place(jobs: Job[], job: Job, fits: boolean): Job[] {
  const index = jobs.findIndex((each) => each.id === job.id);
  if (index < 0) return fits ? merge(jobs, [job]) : jobs;
  return fits ? jobs.with(index, job) : jobs.toSpliced(index, 1);
}
