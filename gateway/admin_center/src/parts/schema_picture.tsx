/** The schema of an application as a small graph: labels, and the relationship types between them. */

import { useMemo } from "preact/hooks";
import type { Schema } from "../api/wire.ts";
import { formatShort, plural } from "../lib/format.ts";
import { layOut, PLANE, type Place } from "../lib/layout.ts";

/** More than these do not fit a picture; the table beside it has all. */
const MOST_LABELS = 20;
const LONGEST_NAME = 18;

interface Arrow {
  from: number;
  to: number;
  types: string[];
  count: number;
}

interface Drawing {
  labels: { label: string; count: number; place: Place; radius: number }[];
  arrows: Arrow[];
}

export function SchemaPicture({ schema }: { schema: Schema }) {
  const drawing = useMemo(() => draw(schema), [schema]);
  if (drawing.labels.length === 0) return <p class="muted">No labels.</p>;
  const rest = schema.labels.length - drawing.labels.length;
  return (
    <figure class="schema">
      <svg viewBox={`0 0 ${PLANE.width} ${PLANE.height}`} role="img" aria-label={describe(schema)}>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" />
          </marker>
        </defs>
        {drawing.arrows.map((arrow) => (
          <ArrowLine key={`${arrow.from} ${arrow.to}`} arrow={arrow} drawing={drawing} />
        ))}
        {drawing.labels.map(({ label, count, place, radius }, index) => (
          <g key={label} class={`label hue${index % 6}`}>
            <title>{`${label}: ${plural(count, "node")}`}</title>
            <circle cx={place.x} cy={place.y} r={radius} />
            <text x={place.x} y={place.y + radius + 13}>
              {shorten(label)}
            </text>
            <text class="count" x={place.x} y={place.y + 4}>
              {formatShort(count)}
            </text>
          </g>
        ))}
      </svg>
      <figcaption class="fine">
        {schema.sampled && "Relationships between labels are counted in a sample. "}
        {rest > 0 && `${plural(rest, "further label")} not drawn.`}
      </figcaption>
    </figure>
  );
}

function ArrowLine({ arrow, drawing }: { arrow: Arrow; drawing: Drawing }) {
  const from = drawing.labels[arrow.from];
  const to = drawing.labels[arrow.to];
  if (from === undefined || to === undefined) return null;
  const path =
    arrow.from === arrow.to ? loop(from.place, from.radius) : curve(from.place, to.place, from.radius, to.radius);
  return (
    <g class="arrow">
      <title>{`${from.label} → ${to.label}: ${arrow.types.join(", ")} (${plural(arrow.count, "relationship")})`}</title>
      <path d={path.d} marker-end="url(#tip)" />
      <text x={path.x} y={path.y}>
        {shorten(arrow.types[0] ?? "")}
        {arrow.types.length > 1 && ` +${arrow.types.length - 1}`}
      </text>
    </g>
  );
}

function curve(from: Place, to: Place, gapFrom: number, gapTo: number) {
  const distance = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y));
  const [x, y] = [(to.x - from.x) / distance, (to.y - from.y) / distance];
  const bend = Math.min(28, distance / 6);
  const middle = { x: (from.x + to.x) / 2 - y * bend, y: (from.y + to.y) / 2 + x * bend };
  const start = { x: from.x + x * gapFrom, y: from.y + y * gapFrom };
  const end = { x: to.x - x * (gapTo + 3), y: to.y - y * (gapTo + 3) };
  return { d: `M${at(start)}Q${at(middle)} ${at(end)}`, x: (middle.x + (from.x + to.x) / 2) / 2, y: middle.y };
}

function loop(place: Place, radius: number) {
  const { x, y } = place;
  const d = `M${at({ x: x - 6, y: y - radius })}C${at({ x: x - 38, y: y - radius - 42 })} ${at({ x: x + 38, y: y - radius - 42 })} ${at({ x: x + 6, y: y - radius - 2 })}`;
  return { d, x, y: y - radius - 30 };
}

function at(place: Place): string {
  return `${place.x.toFixed(1)},${place.y.toFixed(1)}`;
}

function draw(schema: Schema): Drawing {
  const chosen = schema.labels.toSorted((one, other) => other.count - one.count).slice(0, MOST_LABELS);
  const numbers = new Map(chosen.map((each, index) => [each.label, index]));
  const arrows = joinArrows(schema, numbers);
  const places = layOut(chosen.length, arrows);
  const most = Math.log1p(chosen[0]?.count ?? 1);
  const labels = chosen.map((each, index) => ({
    ...each,
    place: places[index] as Place,
    radius: 15 + (most === 0 ? 0 : (11 * Math.log1p(each.count)) / most),
  }));
  return { labels, arrows };
}

/** One arrow for all types between two labels, the commonest first. */
function joinArrows(schema: Schema, numbers: Map<string, number>): Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const { from, to, type, count } of schema.patterns.toSorted((one, other) => other.count - one.count)) {
    const [start, end] = [numbers.get(from), numbers.get(to)];
    if (start === undefined || end === undefined) continue;
    const arrow = arrows.get(`${start} ${end}`) ?? { from: start, to: end, types: [], count: 0 };
    arrow.types.push(type);
    arrow.count += count;
    arrows.set(`${start} ${end}`, arrow);
  }
  return [...arrows.values()];
}

function describe(schema: Schema): string {
  return `Schema of ${schema.name}: ${plural(schema.labels.length, "label")}, ${plural(schema.types.length, "relationship type")}.`;
}

function shorten(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
