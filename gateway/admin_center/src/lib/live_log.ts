/** A job's log, read on where the last reading stopped. */

import { useEffect, useState } from "preact/hooks";
import { getLog } from "../api/calls.ts";
import { request } from "../api/client.ts";
import { pause } from "../api/events.ts";

const LOOK_MILLISECONDS = 1000;
/** A worker writes its last line a moment after the job's end is told; a job that no worker took has none. */
const LAST_EVENT = "job ended";
const LAST_LOOKS = 5;

export interface LogLine {
  number: number;
  time: string;
  level: string;
  event: string;
  fields: Record<string, unknown>;
  text: string;
}

/** Follow the log until the job has ended and its last line is there. */
export function useLiveLog(id: string, isOver: boolean): LogLine[] {
  const [lines, setLines] = useState<LogLine[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    void readOn(id, isOver, (found) => setLines(found), stop.signal).catch(() => undefined);
    return () => stop.abort();
  }, [id, isOver]);
  return lines;
}

async function readOn(
  id: string,
  isOver: boolean,
  show: (lines: LogLine[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let bytes = new Uint8Array();
  for (let looks = 1; !signal.aborted; looks++) {
    const more = await readFrom(id, bytes.length, signal);
    if (more.length > 0) {
      bytes = join(bytes, more);
      const lines = parseLines(new TextDecoder().decode(bytes));
      show(lines);
      if (isOver && lines.some((line) => line.event === LAST_EVENT)) return;
    }
    if (isOver && looks === LAST_LOOKS) return;
    await pause(LOOK_MILLISECONDS, signal);
  }
}

async function readFrom(id: string, offset: number, signal: AbortSignal): Promise<Uint8Array> {
  const range: HeadersInit = offset === 0 ? {} : { Range: `bytes=${offset - 1}-` };
  const response = await request(getLog(id), signal, range);
  if (response.status === 416) return new Uint8Array();
  const found = new Uint8Array(await response.arrayBuffer());
  if (offset === 0) return found;
  // From the last byte that is known, so that there is always something to send; a whole answer is cut the same.
  return response.status === 206 ? found.subarray(1) : found.subarray(offset);
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

export function parseLines(text: string): LogLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, number) => ({ number, text: line, ...parseLine(line) }));
}

function parseLine(line: string): Omit<LogLine, "number" | "text"> {
  try {
    const { time, level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
    return { time: String(time), level: String(level), event: String(event), fields };
  } catch {
    return { time: "", level: "info", event: line, fields: {} };
  }
}
