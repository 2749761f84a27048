/** Where the names of another tool's graph come from, and where they go. */

import { useSignal } from "@preact/signals";
import { FOREIGN_NAMES, type Item, recheck } from "../state/imports.ts";
import { Button } from "./button.tsx";
import { CheckField, TextField } from "./fields.tsx";

const WORDS: Record<(typeof FOREIGN_NAMES)[number], string> = {
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
  const isOne = useSignal(item.names.one_application !== undefined);
  const check = (event: Event) => {
    event.preventDefault();
    const given = FOREIGN_NAMES.map((name) => [name, values[name].value.trim()]).filter(([, value]) => value !== "");
    recheck(item.id, { names: { ...Object.fromEntries(given), ...(isOne.value ? { one_application: true } : {}) } });
  };
  return (
    <details class="raw">
      <summary>Names in the other tool's graph</summary>
      <form class="side-by-side" onSubmit={check}>
        {FOREIGN_NAMES.map((name) => (
          <TextField key={name} label={WORDS[name]} value={values[name]} placeholder="as usual" />
        ))}
        <CheckField
          isChecked={isOne.value}
          onChange={(isChecked) => {
            isOne.value = isChecked;
          }}
        >
          All graphs of a document are one application
        </CheckField>
        <div class="actions">
          <Button type="submit" icon="retry">
            Check again
          </Button>
        </div>
      </form>
    </details>
  );
}
