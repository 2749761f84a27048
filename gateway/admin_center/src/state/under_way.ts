/** What goes on with the reader's archives, wherever in the page the reader is. */

import { computed, effect, untracked } from "@preact/signals";
import { watchJob } from "../api/watching.ts";
import { ENDED } from "../api/wire.ts";
import { change, type Item, isSending, items, ownItems } from "./imports.ts";

/** How many archives are uploaded, checked or imported now. */
export const underWay = computed(
  () => ownItems.value.filter((each) => isSending(each) || each.stage === "checking" || isAtWork(each)).length,
);

function isAtWork({ jobId, isOver }: Item): boolean {
  return jobId !== null && !isOver;
}

/** Whether there are files that only this tab can send. */
const isNeeded = computed(() => items.value.some(isSending));

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

effect(() => {
  if (!isNeeded.value) return;
  addEventListener("beforeunload", warn);
  return () => removeEventListener("beforeunload", warn);
});

const watched = new Map<string, AbortController>();

/** Watch the jobs of the archives that are shown, until they have ended. */
function watchAll(atWork: Item[]): void {
  const wanted = new Map(atWork.map((each) => [each.jobId ?? "", each.id]));
  for (const [job, stop] of watched) {
    if (wanted.has(job)) continue;
    stop.abort();
    watched.delete(job);
  }
  for (const [job, id] of wanted) {
    if (watched.has(job)) continue;
    const stop = new AbortController();
    watched.set(job, stop);
    watchJob(job, ({ status }) => ENDED.has(status) && change(id, { isOver: true }), stop.signal).catch(() => {
      if (!stop.signal.aborted) change(id, { isOver: true }); // its record is not kept any more, or not the reader's to see
    });
  }
}

effect(() => {
  const atWork = ownItems.value.filter(isAtWork);
  untracked(() => watchAll(atWork));
});
