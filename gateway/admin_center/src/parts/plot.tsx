/** A plot over time. */

import { useEffect, useRef } from "preact/hooks";
import type { Options } from "uplot";
import { formatClock, formatShort } from "../lib/format.ts";
import { isDark, theme } from "../state/theme.ts";

export interface Series {
  label: string;
  values: number[];
  /** A custom property of the style sheet. */
  color: string;
}

interface PlotProps {
  title: string;
  /** Seconds since the epoch. */
  times: number[];
  series: Series[];
}

const HEIGHT = 180;
const MINUTE = 60;
const TIME_STEPS = [1, 5, 10, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE);
/** Elements and jobs are whole: no grid between them. */
const WHOLE_STEPS = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const formatTime = (seconds: number) => formatClock(new Date(seconds * 1000).toISOString()).slice(0, 5);

export function Plot({ title, times, series }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const shade = theme.value;
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    let remove = () => {};
    let isGone = false;
    // Loaded only where it is shown: it is a third of all the code.
    void import("../lib/plotting.ts").then(({ plot }) => {
      if (!isGone) remove = plot(box, optionsOf(box, series), [times, ...series.map((each) => each.values)]);
    });
    return () => {
      isGone = true;
      remove();
    };
  }, [times, series, shade]);
  const last = series.map((each) => `${each.label} ${each.values.at(-1) ?? 0}`).join(", ");
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}, now: ${last}`} />
    </figure>
  );
}

function optionsOf(box: HTMLElement, series: Series[]): Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    cursor: { y: false },
    legend: { live: true },
    axes: [
      { ...axis, incrs: TIME_STEPS, values: (_, times) => times.map(formatTime) },
      { ...axis, size: 48, values: (_, values) => values.map(formatShort), incrs: WHOLE_STEPS },
    ],
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    series: [
      { label: "Time", value: (_, time) => (time === null ? "–" : formatTime(time)) },
      ...series.map((each) => ({
        label: each.label,
        stroke: color(each.color),
        fill: `${color(each.color)}${isDark() ? "30" : "20"}`,
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}
