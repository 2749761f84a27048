/** A job as it is now, told by the gateway as it changes. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/client.ts";
import { watchJob } from "../api/watching.ts";
import { ENDED, type Job } from "../api/wire.ts";
import { type Pace, PaceKeeper } from "./rate.ts";

export interface LiveJob {
  job: Job | null;
  pace: Pace | null;
  error: ApiError | null;
}

const NOTHING: LiveJob = { job: null, pace: null, error: null };

export function useLiveJob(id: string, onEnd?: (job: Job) => void): LiveJob {
  const [live, setLive] = useState<LiveJob & { id: string }>({ ...NOTHING, id });
  const ending = useRef(onEnd);
  ending.current = onEnd;
  useEffect(() => {
    const stop = new AbortController();
    const keeper = new PaceKeeper();
    const show = (job: Job) => {
      setLive({ id, job, pace: keeper.note(job), error: null });
      if (ENDED.has(job.status)) {
        stop.abort();
        ending.current?.(job);
      }
    };
    watchJob(id, show, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) setLive({ ...NOTHING, id, error: asApiError(error) });
    });
    return () => stop.abort();
  }, [id]);
  return live.id === id ? live : NOTHING;
}
