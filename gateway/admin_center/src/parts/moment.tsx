/** A point in time: how long ago, with the exact time at hand. */

import { formatAge, formatMoment } from "../lib/format.ts";
import { now } from "../state/clock.ts";

export function Moment({ time, none = "–" }: { time: string | null | undefined; none?: string }) {
  if (!time) return <span class="muted">{none}</span>;
  return (
    <time dateTime={time} title={formatMoment(time)}>
      {Date.parse(time) > now.value + 5000 ? formatMoment(time) : formatAge(time, now.value)}
    </time>
  );
}
