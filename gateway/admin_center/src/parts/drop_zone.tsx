/** Where files are dropped, or chosen. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ENDINGS } from "../lib/archive_names.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const isOver = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    isOver.value = false;
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    isOver.value = true;
  };
  const choose = () => {
    const chosen = input.current;
    if (chosen === null) return;
    onFiles([...(chosen.files ?? [])]);
    chosen.value = "";
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition to the button inside
    <div
      class={isOver.value ? "drop over" : "drop"}
      onDragOver={over}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={drop}
    >
      <Icon name="import" />
      <p>
        Drop archives here, or <Button onClick={() => input.current?.click()}>choose files</Button>
      </p>
      <p class="fine">
        One or many files: ZIP archives, GraphML documents, also in gzip. An upload that breaks off goes on where it
        was, also when you drop the file again later.
      </p>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept={`${ENDINGS.join(",")},.gz,application/zip`}
        multiple
        tabindex={-1}
        aria-label="Archives"
        onChange={choose}
      />
    </div>
  );
}
