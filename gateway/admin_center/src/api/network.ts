/** Failures that pass by themselves, and the waiting for their end. */

import { type ApiError, asApiError } from "./client.ts";
import { pause } from "./events.ts";

const LOOK_MILLISECONDS = 5000;
/** A gateway that restarts, a proxy without one, a store that is away, too many requests. */
const PASSING = new Set([429, 502, 503, 504]);

const bell = new EventTarget();

addEventListener("online", goOn);

/** Let all that waits for the network try again now. */
export function goOn(): void {
  bell.dispatchEvent(new Event("ring"));
}

export function isPassing(error: ApiError): boolean {
  return error.code === "UNREACHABLE" || PASSING.has(error.status);
}

/** Return when the network may be back: as soon as the browser says so, else after a while. */
export async function untilBack(signal: AbortSignal): Promise<void> {
  const rung = new AbortController();
  const ring = () => rung.abort();
  bell.addEventListener("ring", ring, { once: true });
  await pause(LOOK_MILLISECONDS, AbortSignal.any([signal, rung.signal]));
  bell.removeEventListener("ring", ring);
}

/** Work until it is done, or fails for good; each failure that passes is told. Raises: that of the work. */
export async function persevere<Done>(
  work: () => Promise<Done>,
  onTrouble: (error: ApiError) => void,
  signal: AbortSignal,
): Promise<Done> {
  for (;;) {
    try {
      return await work();
    } catch (failure) {
      const error = asApiError(failure);
      if (signal.aborted || !isPassing(error)) throw error;
      onTrouble(error);
      await untilBack(signal);
      signal.throwIfAborted();
    }
  }
}
