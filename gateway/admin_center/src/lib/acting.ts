/** One action at a time: busy while it runs, with its error when it fails. */

import { type Signal, useSignal } from "@preact/signals";
import { type ApiError, asApiError } from "../api/client.ts";

export interface Acting {
  busy: Signal<boolean>;
  error: Signal<ApiError | null>;
  run: (work: () => Promise<void>) => Promise<void>;
}

export function useActing(): Acting {
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  const run = async (work: () => Promise<void>) => {
    if (busy.peek()) return;
    busy.value = true;
    error.value = null;
    try {
      await work();
    } catch (failure) {
      error.value = asApiError(failure);
    } finally {
      busy.value = false;
    }
  };
  return { busy, error, run };
}
