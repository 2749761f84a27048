/** The minutes of an overview without gaps. */

import type { Minute } from "../api/wire.ts";

const MINUTE = 60_000;

/** Add the minutes in which nothing changed, up to now: nothing was moved, and as many jobs ran and waited as before. */
export function fillMinutes(told: Minute[], now: number): Minute[] {
  return told.flatMap((minute, index) => {
    const next = told[index + 1];
    const end = next === undefined ? now : Date.parse(next.time);
    const idle = Math.max(0, Math.ceil((end - Date.parse(minute.time)) / MINUTE) - 1);
    return [minute, ...Array.from({ length: idle }, (_, number) => quietAfter(minute, number + 1))];
  });
}

function quietAfter(minute: Minute, later: number): Minute {
  return {
    ...minute,
    time: new Date(Date.parse(minute.time) + later * MINUTE).toISOString(),
    elements: 0,
    jobs_ended: 0,
  };
}
