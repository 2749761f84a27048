/** What a component asks the gateway for when it appears. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { type Call, urlOf } from "../api/call.ts";
import { type ApiError, asApiError, send } from "../api/client.ts";
import { untilBack } from "../api/network.ts";
import { tenant } from "../state/session.ts";

export interface Loaded<Answer> {
  value: Answer | null;
  error: ApiError | null;
  isLoading: boolean;
  reload: () => void;
}

interface Found<Answer> {
  of: string;
  value: Answer | null;
  error: ApiError | null;
}

type Ask<Answer> = (call: Call<Answer>, signal: AbortSignal) => Promise<Answer>;

/** Ask once, again at `reload` and whenever the call is another one; null asks for nothing. */
export function useLoad<Answer>(call: Call<Answer> | null, ask: Ask<Answer> = send): Loaded<Answer> {
  const [found, setFound] = useState<Found<Answer> | null>(null);
  const [turn, setTurn] = useState(0);
  const wanted = call === null ? "" : `${tenant.value} ${urlOf(call)}`;
  useEffect(() => {
    if (call === null) return;
    const stop = new AbortController();
    ask(call, stop.signal)
      .then((value) => setFound({ of: wanted, value, error: null }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setFound({ of: wanted, value: null, error: asApiError(error) });
      });
    return () => stop.abort();
  }, [wanted, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const current = found !== null && found.of === wanted ? found : null;
  const { error = null } = current ?? {};
  useEffect(() => {
    if (error?.code !== "UNREACHABLE") return;
    const stop = new AbortController();
    void untilBack(stop.signal).then(() => stop.signal.aborted || reload());
    return () => stop.abort();
  }, [error]);
  return {
    value: current?.value ?? null,
    error: current?.error ?? null,
    isLoading: call !== null && current === null,
    reload,
  };
}

/** Call something again and again while the component is there. */
export function useEvery(milliseconds: number, what: () => void): void {
  useEffect(() => {
    const timer = setInterval(what, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds, what]);
}
