/** Labels that an import renames, and those whose nodes it joins: each in a field of its own, for it may hold anything. */

import { type Signal, signal, useSignal, useSignalEffect } from "@preact/signals";
import { type Item, recheck } from "../state/imports.ts";
import { Button } from "./button.tsx";
import { TextField } from "./fields.tsx";

type Row = Signal<string>[];

export function LabelFields({ item }: { item: Item }) {
  const joined = useRows(
    (item.labels.join_labels ?? []).map((label) => [label]),
    [""],
  );
  const renamed = useRows(Object.entries(item.labels.rename_labels ?? {}), ["", ""]);
  const check = (event: Event) => {
    event.preventDefault();
    const labels = textsOf(joined.peek()).flat();
    const pairs = textsOf(renamed.peek());
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
        <fieldset class="field">
          <legend>Join nodes with these labels</legend>
          <Rows rows={joined.value} names={["Label"]} />
          <p class="fine">To those in the database that have their keys, even if they differ.</p>
        </fieldset>
        <fieldset class="field">
          <legend>Rename labels</legend>
          <Rows rows={renamed.value} names={["Old label", "New label"]} />
          <p class="fine">Nodes get the label on the right in place of the one on the left.</p>
        </fieldset>
        <div class="actions">
          <Button type="submit" icon="retry">
            Check with these labels
          </Button>
        </div>
      </form>
    </details>
  );
}

function Rows({ rows, names }: { rows: Row[]; names: string[] }) {
  return rows.map((row, number) => (
    <div key={number} class="label-row">
      {row.map((value, place) => (
        <TextField
          key={place}
          label={`${names[place]} ${number + 1}`}
          isLabelHidden
          value={value}
          placeholder={names[place] ?? ""}
        />
      ))}
    </div>
  ));
}

/** Rows of fields, the last of them blank: as soon as it is not, another one follows. */
function useRows(given: string[][], blank: string[]): Signal<Row[]> {
  const rows = useSignal<Row[]>([...given, blank].map(rowOf));
  useSignalEffect(() => {
    if (rows.value.at(-1)?.some(({ value }) => value !== "")) rows.value = [...rows.value, rowOf(blank)];
  });
  return rows;
}

function rowOf(texts: string[]): Row {
  return texts.map((text) => signal(text));
}

/** What rows say that are not blank. */
function textsOf(rows: Row[]): string[][] {
  return rows.map((row) => row.map(({ value }) => value)).filter((texts) => texts.some((text) => text !== ""));
}
