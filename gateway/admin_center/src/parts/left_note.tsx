/** What is left of a job that was cancelled, or failed. */

import type { Job } from "../api/wire.ts";
import { leftOf } from "../lib/left.ts";
import { Icon } from "./icon.tsx";

export function LeftNote({ job }: { job: Job }) {
  const left = leftOf(job);
  if (left === null) return null;
  return (
    <p class="left-note" data-clean={left.isClean}>
      <Icon name={left.isClean ? "check" : "warning"} /> {left.text}
    </p>
  );
}
