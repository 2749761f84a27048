/** Puts a text on the clipboard. */

import { useSignal } from "@preact/signals";
import { Button } from "./button.tsx";

const SHOWN_MILLISECONDS = 2000;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const done = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    done.value = true;
    setTimeout(() => {
      done.value = false;
    }, SHOWN_MILLISECONDS);
  };
  return (
    <Button kind="quiet" icon={done.value ? "check" : "copy"} label={`Copy ${what}`} onClick={() => void copy()}>
      {done.value ? "Copied" : "Copy"}
    </Button>
  );
}
