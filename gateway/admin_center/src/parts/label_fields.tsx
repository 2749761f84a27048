/** Labels that an import renames, and those whose nodes it joins. */

import { useSignal } from "@preact/signals";
import { type Item, recheck } from "../state/imports.ts";
import { Button } from "./button.tsx";
import { TextField } from "./fields.tsx";

export function LabelFields({ item }: { item: Item }) {
  const joined = useSignal(item.labels.join_labels?.join(", ") ?? "");
  const renamed = useSignal(
    Object.entries(item.labels.rename_labels ?? {})
      .map((pair) => pair.join("="))
      .join(", "),
  );
  const check = (event: Event) => {
    event.preventDefault();
    const labels = wordsOf(joined.value);
    const pairs = wordsOf(renamed.value).map(pairOf);
    recheck(item.id, {
      labels: {
        ...(labels.length > 0 ? { join_labels: labels } : {}),
        ...(pairs.length > 0 ? { rename_labels: Object.fromEntries(pairs) } : {}),
      },
    });
  };
  return (
    <details class="raw">
      <summary>Labels</summary>
      <form class="side-by-side" onSubmit={check}>
        <TextField
          label="Join nodes with these labels"
          hint="To those in the database that have their keys, even if they differ. Separated by commas."
          value={joined}
          placeholder="none"
        />
        <TextField
          label="Rename labels"
          hint="Each as Old=New, separated by commas."
          value={renamed}
          placeholder="none"
        />
        <div class="actions">
          <Button type="submit" icon="retry">
            Check with these labels
          </Button>
        </div>
      </form>
    </details>
  );
}

function wordsOf(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** A word that names no other label is refused by the check. */
function pairOf(word: string): [string, string] {
  const [label = "", ...other] = word.split("=");
  return [label.trim(), other.join("=").trim()];
}
