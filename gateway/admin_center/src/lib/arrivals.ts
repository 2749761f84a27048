/** The reader's imports that were submitted elsewhere, shown while they are under way. */

import { useEffect } from "preact/hooks";
import { listJobs } from "../api/calls.ts";
import { send } from "../api/client.ts";
import { listen } from "../api/watching.ts";
import { ENDED, type Job } from "../api/wire.ts";
import { addJob } from "../state/imports.ts";
import { me, tenant } from "../state/session.ts";

const MOST = "100";
const UNFINISHED = "created,in_progress";

export function useArrivals(): void {
  const user = me.value?.user;
  useEffect(() => {
    if (user === undefined) return;
    const stop = new AbortController();
    const show = (job: Job) => {
      const isTheirs = job.kind === "import" && job.created_by === user && !job.request.dry_run;
      if (isTheirs && !ENDED.has(job.status)) addJob(job);
    };
    const ask = async () => {
      const query = { kind: "import", status: UNFINISHED, created_by: user, limit: MOST };
      const { jobs } = await send(listJobs(query), stop.signal);
      for (const job of jobs.toReversed()) show(job);
    };
    listen({ onJob: show, onDoubt: ask }, stop.signal);
    void ask().catch(() => undefined);
    return () => stop.abort();
  }, [user, tenant.value]);
}
