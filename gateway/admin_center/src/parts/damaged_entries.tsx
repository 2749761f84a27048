/** Nodes that look like entries of the catalogue and cannot be ones: why, and what can be done about it. */

import { useSignal } from "@preact/signals";
import { removeEntry, repairEntry } from "../api/calls.ts";
import type { DamagedEntry, EntryValues } from "../api/wire.ts";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { Button } from "./button.tsx";
import { CheckList, TextField } from "./fields.tsx";
import { type Column, Table } from "./table.tsx";

const COLUMNS: Column<DamagedEntry>[] = [
  { name: "Entry", show: nameOf },
  { name: "What is wrong", show: ({ reason }) => reason },
  { name: "Id of the node", show: ({ id }) => <code class="breaks">{id}</code> },
];

/** The properties that an entry can be without. */
const OPTIONAL = [
  { value: "label", text: "Label" },
  { value: "version", text: "Version" },
  { value: "kind", text: "Kind" },
  { value: "service_id", text: "Service id" },
  { value: "version_id", text: "Version id" },
] as const satisfies readonly { value: keyof EntryValues; text: string }[];

interface DamagedEntriesProps {
  place: string;
  entries: DamagedEntry[];
  onDone: () => void;
}

export function DamagedEntries({ place, entries, onDone }: DamagedEntriesProps) {
  const open = useSignal<{ what: "repair" | "remove"; entry: DamagedEntry } | null>(null);
  if (entries.length === 0) return null;
  const actions = (entry: DamagedEntry) => (
    <>
      <Button onClick={() => (open.value = { what: "repair", entry })}>
        Repair <span class="unseen">{nameOf(entry)}</span>
      </Button>
      <Button
        icon="trash"
        kind="quiet"
        label={`Remove ${nameOf(entry)}`}
        onClick={() => (open.value = { what: "remove", entry })}
      />
    </>
  );
  const dialog = {
    place,
    onClose: () => {
      open.value = null;
    },
    onDone: (word: string) => {
      tell(word);
      open.value = null;
      onDone();
    },
  };
  return (
    <section class="card list" aria-labelledby="damaged-title">
      <header>
        <h2 id="damaged-title">Damaged entries</h2>
      </header>
      <p class="inset">
        These nodes look like entries of the catalogue, but something in them is wrong, so the applications that they
        stand for are not listed. An administrator can repair or remove them.
      </p>
      <Table
        columns={COLUMNS}
        rows={entries}
        keyOf={({ id }) => id}
        {...(may.value.may_administer ? { actions } : {})}
      />
      {open.value?.what === "repair" && <RepairDialog entry={open.value.entry} {...dialog} />}
      {open.value?.what === "remove" && <RemoveDialog entry={open.value.entry} {...dialog} />}
    </section>
  );
}

function nameOf({ name, id }: DamagedEntry): string {
  return name ?? `Node ${id}`;
}

interface DialogProps {
  place: string;
  entry: DamagedEntry;
  onClose: () => void;
  onDone: (word: string) => void;
}

function RepairDialog({ place, entry, onClose, onDone }: DialogProps) {
  const name = useSignal("");
  const given = {
    label: useSignal(""),
    version: useSignal(""),
    kind: useSignal(""),
    service_id: useSignal(""),
    version_id: useSignal(""),
  };
  const taken = useSignal<ReadonlySet<string>>(new Set());
  const body: EntryValues = name.value === "" ? {} : { name: name.value };
  for (const { value } of OPTIONAL) {
    if (taken.value.has(value)) body[value] = null;
    else if (given[value].value !== "") body[value] = given[value].value;
  }
  return (
    <ActionDialog
      title={`Repair ${nameOf(entry)}?`}
      submit="Repair"
      call={repairEntry(place, entry.id, body)}
      onDone={() => onDone(`${nameOf(entry)} is repaired.`)}
      onClose={onClose}
      isReady={Object.keys(body).length > 0}
    >
      <p>What is wrong: {entry.reason}. Fill in what the entry shall have instead; all else stays as it is.</p>
      <div class="side-by-side">
        <TextField label="Name" value={name} placeholder="as it is" />
        {OPTIONAL.map(({ value, text }) => (
          <TextField key={value} label={text} value={given[value]} placeholder="as it is" />
        ))}
      </div>
      <CheckList legend="Take away instead" options={[...OPTIONAL]} chosen={taken} />
    </ActionDialog>
  );
}

function RemoveDialog({ place, entry, onClose, onDone }: DialogProps) {
  return (
    <ActionDialog
      title={`Remove ${nameOf(entry)}?`}
      submit="Remove"
      call={removeEntry(place, entry.id)}
      onDone={() => onDone(`${nameOf(entry)} is removed.`)}
      onClose={onClose}
      isDangerous
    >
      <p>
        The node goes from database {place} with its relationships, and cannot be brought back. Nodes of the application
        stay.
      </p>
    </ActionDialog>
  );
}
