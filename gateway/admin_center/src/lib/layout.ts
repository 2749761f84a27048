/** Places the labels of a schema on a plane, so that what is connected lies together. */

export interface Place {
  x: number;
  y: number;
}

export interface Tie {
  from: number;
  to: number;
}

const STEPS = 300;
const WIDTH = 760;
const HEIGHT = 440;
const MARGIN_X = 90;
const MARGIN_Y = 40;

export const PLANE = { width: WIDTH, height: HEIGHT };

/** Let springs pull and charges push, from a circle on, a little less at every step: the same picture every time. */
export function layOut(count: number, ties: Tie[]): Place[] {
  const places = Array.from({ length: count }, (_, index) => onCircle(index, count));
  const length = Math.sqrt((WIDTH * HEIGHT) / Math.max(1, count)) * 0.8;
  for (let step = 0; step < STEPS; step++) move(places, ties, length, 40 * (1 - step / STEPS));
  return fit(places);
}

function onCircle(index: number, count: number): Place {
  const angle = (index / count) * 2 * Math.PI;
  return { x: WIDTH / 2 + Math.cos(angle) * 150, y: HEIGHT / 2 + Math.sin(angle) * 150 };
}

function move(places: Place[], ties: Tie[], length: number, most: number): void {
  const forces = places.map((place) => ({ x: (WIDTH / 2 - place.x) * 0.02, y: (HEIGHT / 2 - place.y) * 0.04 }));
  for (let one = 0; one < places.length; one++) {
    for (let other = one + 1; other < places.length; other++) push(places, forces, one, other, -length * length);
  }
  for (const { from, to } of ties) if (from !== to) push(places, forces, from, to, 1 / length);
  places.forEach((place, index) => {
    const force = forces[index] as Place;
    const size = Math.hypot(force.x, force.y) || 1;
    place.x += (force.x / size) * Math.min(size, most);
    place.y += (force.y / size) * Math.min(size, most);
  });
}

/** A negative strength is a charge (falls with the distance), a positive one a spring (grows with its square). */
function push(places: Place[], forces: Place[], one: number, other: number, strength: number): void {
  const [a, b, forceA, forceB] = [places[one], places[other], forces[one], forces[other]] as [
    Place,
    Place,
    Place,
    Place,
  ];
  const x = b.x - a.x || 0.1;
  const y = b.y - a.y || 0.1;
  const distance = Math.max(1, Math.hypot(x, y));
  const size = strength < 0 ? strength / (distance * distance) : strength * distance;
  forceA.x += x * size;
  forceA.y += y * size;
  forceB.x -= x * size;
  forceB.y -= y * size;
}

function fit(places: Place[]): Place[] {
  const [left, right] = range(places.map((place) => place.x));
  const [top, bottom] = range(places.map((place) => place.y));
  return places.map((place) => ({
    x: scale(place.x, left, right, MARGIN_X, WIDTH - MARGIN_X),
    y: scale(place.y, top, bottom, MARGIN_Y, HEIGHT - MARGIN_Y),
  }));
}

function range(values: number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function scale(value: number, low: number, high: number, from: number, to: number): number {
  return high - low < 1 ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from);
}
