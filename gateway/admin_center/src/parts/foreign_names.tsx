/** Where the names of another tool's graph come from, and where they go. */

import { useSignal } from "@preact/signals";
import { FOREIGN_NAMES, type ForeignNames, type Item, recheck } from "../state/imports.ts";
import { Button } from "./button.tsx";
import { TextField } from "./fields.tsx";

const WORDS: Record<keyof ForeignNames, string> = {
  label_from: "Labels from the key",
  type_from: "Types from the key",
  id_property: "Property for ids",
  parent_property: "Property for enclosing nodes",
};

export function ForeignNameFields({ item }: { item: Item }) {
  const values = {
    label_from: useSignal(item.names.label_from ?? ""),
    type_from: useSignal(item.names.type_from ?? ""),
    id_property: useSignal(item.names.id_property ?? ""),
    parent_property: useSignal(item.names.parent_property ?? ""),
  };
  const check = (event: Event) => {
    event.preventDefault();
    const given = FOREIGN_NAMES.map((name) => [name, values[name].value.trim()]).filter(([, value]) => value !== "");
    recheck(item.id, Object.fromEntries(given));
  };
  return (
    <details class="raw">
      <summary>Names in the other tool's graph</summary>
      <form class="side-by-side" onSubmit={check}>
        {FOREIGN_NAMES.map((name) => (
          <TextField key={name} label={WORDS[name]} value={values[name]} placeholder="as usual" />
        ))}
        <div class="actions">
          <Button type="submit" icon="retry">
            Check again
          </Button>
        </div>
      </form>
    </details>
  );
}
