/** Whether the screen is narrow, so that rows stand higher. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const NARROW = matchMedia("(max-width: 700px)");

export function useNarrow(): boolean {
  const isNarrow = useSignal(NARROW.matches);
  useEffect(() => {
    const look = () => {
      isNarrow.value = NARROW.matches;
    };
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return isNarrow.value;
}
