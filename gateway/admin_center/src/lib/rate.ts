/** How fast a job goes, from the counts of its last seconds. */

import type { Job } from "../api/wire.ts";

const WINDOW_MILLISECONDS = 15_000;

export interface Pace {
  done: number;
  total: number | null;
  /** Between 0 and 1; null while the total is unknown. */
  fraction: number | null;
  perSecond: number | null;
  secondsLeft: number | null;
}

interface Sample {
  time: number;
  done: number;
}

export class PaceKeeper {
  private samples: Sample[] = [];

  /** Take in a job as it is now; the earliest sample of the window is what it is measured against. */
  note(job: Job, now = Date.parse(job.updated)): Pace {
    const { done, total } = countsOf(job);
    const last = this.samples.at(-1);
    if (last !== undefined && done < last.done) this.samples = []; // another phase counts anew
    if (last === undefined || now > last.time) this.samples.push({ time: now, done });
    while (this.samples.length > 2 && now - (this.samples[0] as Sample).time > WINDOW_MILLISECONDS)
      this.samples.shift();
    const perSecond = this.measure(job, done, now);
    const left = total !== null && perSecond !== null && perSecond > 0 ? (total - done) / perSecond : null;
    return { done, total, fraction: total ? Math.min(1, done / total) : null, perSecond, secondsLeft: left };
  }

  private measure(job: Job, done: number, now: number): number | null {
    const first = this.samples[0];
    if (first !== undefined && now - first.time >= 500) return ((done - first.done) * 1000) / (now - first.time);
    const started = job.started === null ? null : Date.parse(job.started);
    return started === null || now - started < 500 ? null : (done * 1000) / (now - started);
  }
}

export function countsOf(job: Job): { done: number; total: number | null } {
  const { nodes_done, nodes_total, relationships_done, relationships_total } = job.progress;
  const isKnown = nodes_total !== null && relationships_total !== null;
  return { done: nodes_done + relationships_done, total: isKnown ? nodes_total + relationships_total : null };
}
