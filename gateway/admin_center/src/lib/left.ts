/** What is left of a job that did not do what it should, as far as its record tells. */

import { ENDED, type Job } from "../api/wire.ts";
import { plural } from "./format.ts";

/** Null for a job of which this is no question. */
export function leftOf(job: Job): { text: string; isClean: boolean } | null {
  if (!["import", "copy"].includes(job.kind) || !ENDED.has(job.status) || job.status === "closed") return null;
  const { undone } = job.summary;
  if (!undone) {
    if (job.started === null) return { text: `It had not begun: nothing of it is in ${job.database}.`, isClean: true };
    return { text: `Whether anything of it is left in ${job.database} is not known.`, isClean: false };
  }
  const { nodes_removed: nodes, relationships_removed: relationships, nodes_left: left } = undone;
  const removed = `${plural(nodes, "node")} and ${plural(relationships, "relationship")} removed`;
  if (left > 0) return { text: `${removed}, ${plural(left, "node")} of it still in ${job.database}.`, isClean: false };
  if (nodes + relationships === 0) {
    const earlier = job.attempt > 1 ? "; what earlier attempts removed was not kept" : ", for nothing had been written";
    return { text: `Nothing of it is left in ${job.database}${earlier}.`, isClean: true };
  }
  return { text: `${removed}, nothing of it is left in ${job.database}.`, isClean: true };
}
