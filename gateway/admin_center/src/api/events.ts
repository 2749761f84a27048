/** Server-sent events over fetch, because an EventSource cannot show credentials. */

import type { Call } from "./call.ts";
import { ApiError, request } from "./client.ts";

const PAUSE_MILLISECONDS = 1000;
/** Heartbeats come every 15 seconds; a stream that is silent longer than two of them is dead. */
const SILENCE_MILLISECONDS = 32_000;
const NOTHING_MORE = 204;

export interface Event {
  id: string;
  name: string;
  data: string;
}

export interface Following {
  call: Call;
  /** The id of the last event that is known; empty: none is. */
  last: string;
  onEvent: (event: Event) => void;
  /** Called where a stream begins: what happened before, it does not tell. */
  onOpen?: () => Promise<void>;
  /** Called where the stream cannot be had for now: it asks in the plain way, once. */
  onGap: () => Promise<void>;
  /** Called at each sign of life. */
  onBeat: () => void;
  signal: AbortSignal;
}

/** Follow a stream until the signal stops it or the server says that no more will come; a stream that ends is had anew. */
export async function follow(following: Following): Promise<void> {
  let { last } = following;
  while (!following.signal.aborted) {
    try {
      const hasMore = await readOnce(following, last, (event) => {
        last = event.id || last;
        following.onEvent(event);
      });
      if (!hasMore) return;
    } catch (error) {
      if (following.signal.aborted || isFinal(error)) return;
      await following.onGap().catch(() => undefined);
    }
    await pause(PAUSE_MILLISECONDS, following.signal);
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

async function readOnce(following: Following, last: string, tell: (event: Event) => void): Promise<boolean> {
  const quiet = new AbortController();
  const stop = () => quiet.abort();
  following.signal.addEventListener("abort", stop, { once: true });
  let alarm = setTimeout(stop, SILENCE_MILLISECONDS);
  try {
    const more = { Accept: "text/event-stream", ...(last === "" ? {} : { "Last-Event-ID": last }) };
    const response = await request(following.call, quiet.signal, more);
    if (response.status === NOTHING_MORE) return false;
    void following.onOpen?.().catch(() => undefined);
    const parse = parser(tell);
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(decoder()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(alarm);
      alarm = setTimeout(stop, SILENCE_MILLISECONDS);
      following.onBeat();
      parse(part.value);
    }
    return true;
  } finally {
    clearTimeout(alarm);
    following.signal.removeEventListener("abort", stop);
  }
}

function decoder(): ReadableWritablePair<string, Uint8Array> {
  return new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>;
}

/** Return what takes the stream's text piece by piece and tells whole events. */
export function parser(tell: (event: Event) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const blocks = (rest + text.replaceAll("\r\n", "\n")).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = readBlock(block);
      if (event !== null) tell(event);
    }
  };
}

function readBlock(block: string): Event | null {
  const event: Event = { id: "", name: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "data") data.push(value);
    else if (field === "event") event.name = value;
    else if (field === "id") event.id = value;
  }
  event.data = data.join("\n");
  return data.length === 0 ? null : event;
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
