/** Counts of applications: asked for as they come into sight, a few at once, and kept while the page shows them. */

import { type Signal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { urlOf } from "../api/call.ts";
import { listNamedApplications } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Application } from "../api/wire.ts";

export type Counts = ReadonlyMap<string, Application>;

/** Until the reader has stopped scrolling. */
const PAUSE_MILLISECONDS = 150;
/** Until what was not counted in time is asked for again. */
const AGAIN_MILLISECONDS = 3000;
const TIMES = 20;
const MOST_NAMES = 100;
/** Of an address, which servers and proxies take 8 000 characters of. */
const MOST_CHARACTERS = 6000;

export const keyOf = ({ name, version }: { name: string; version: string }): string => `${name} ${version}`;

interface Counting {
  counts: Signal<Counts>;
  /** Say which applications are in sight. */
  show: (names: string[]) => void;
}

/** Count the applications in sight of a database; `of` is what was listed, whose counts another listing lets go. */
export function useCounts(place: string, of: unknown): Counting {
  const counts = useSignal<Counts>(new Map());
  const wanted = useRef<string[]>([]);
  const stop = useRef(new AbortController());
  const timer = useRef(0);

  const ask = async (times: number) => {
    const { signal } = stop.current;
    const lacking = wanted.current.filter((name) => !isKnown(counts.value, name));
    for (const names of split(place, lacking)) {
      try {
        const { applications } = await send(listNamedApplications(place, names), signal);
        counts.value = new Map([...counts.value, ...applications.map((each) => [keyOf(each), each] as const)]);
      } catch {
        if (signal.aborted) return;
      }
    }
    const isLeft = lacking.some((name) => wanted.current.includes(name) && !isKnown(counts.value, name));
    if (isLeft && times > 1) later(AGAIN_MILLISECONDS, times - 1);
  };

  const later = (milliseconds: number, times: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void ask(times), milliseconds);
  };

  useEffect(() => {
    stop.current = new AbortController();
    counts.value = new Map();
    if (wanted.current.length > 0) later(0, TIMES);
    return () => {
      clearTimeout(timer.current);
      stop.current.abort();
    };
  }, [place, of]);

  const show = useCallback((names: string[]) => {
    wanted.current = names;
    later(PAUSE_MILLISECONDS, TIMES);
  }, []);
  return { counts, show };
}

const isWhole = ({ relationships }: Application): boolean => relationships !== null && relationships !== undefined;

function isKnown(counts: Counts, name: string): boolean {
  const versions = [...counts.values()].filter((each) => each.name === name);
  return versions.length > 0 && versions.every(isWhole);
}

/** Names in parts each of which fits an address; one that fits none stays without counts. */
function split(place: string, names: string[]): string[][] {
  const parts: string[][] = [];
  for (const name of names) {
    const part = parts.at(-1);
    if (part !== undefined && part.length < MOST_NAMES && fits(place, [...part, name])) part.push(name);
    else if (fits(place, [name])) parts.push([name]);
  }
  return parts;
}

const fits = (place: string, names: string[]): boolean =>
  urlOf(listNamedApplications(place, names)).length <= MOST_CHARACTERS;
