/** What lies in the archive folder and can be no archive. */

import { useSignal } from "@preact/signals";
import { removeStray } from "../api/calls.ts";
import type { Stray } from "../api/wire.ts";
import { tell } from "../state/notices.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { Button } from "./button.tsx";
import { type Column, Table } from "./table.tsx";

const KINDS: Record<Stray["kind"], string> = {
  file: "A file under a name that no archive may have",
  link: "A link",
  folder: "A folder",
  other: "A pipe, a socket or a device",
};

const COLUMNS: Column<Stray>[] = [
  { name: "Name", show: ({ name }) => <span class="breaks">{name}</span> },
  { name: "What it is", show: ({ kind }) => KINDS[kind] },
  { name: "Why it is not taken", show: ({ reason }) => <span class="breaks">{reason}</span> },
];

export function Strays({ strays, onDone }: { strays: Stray[]; onDone: () => void }) {
  const removing = useSignal<Stray | null>(null);
  if (strays.length === 0) return null;
  return (
    <section class="card list" aria-labelledby="strays-title">
      <header>
        <h2 id="strays-title">Not archives</h2>
      </header>
      <p class="inset">These lie in the tenant's archive folder too, and are never imported.</p>
      <Table
        columns={COLUMNS}
        rows={strays}
        keyOf={({ id }) => id}
        actions={(stray) => (
          <Button
            icon="trash"
            kind="quiet"
            label={`Remove ${stray.name}`}
            onClick={() => {
              removing.value = stray;
            }}
          />
        )}
      />
      {removing.value && (
        <RemoveStray
          stray={removing.value}
          onClose={() => {
            removing.value = null;
          }}
          onDone={onDone}
        />
      )}
    </section>
  );
}

function RemoveStray({ stray, onClose, onDone }: { stray: Stray; onClose: () => void; onDone: () => void }) {
  return (
    <ActionDialog
      title="Remove this?"
      submit="Remove"
      call={removeStray(stray.id)}
      onDone={() => {
        tell(`${stray.name} is removed.`);
        onClose();
        onDone();
      }}
      onClose={onClose}
      isDangerous
    >
      <p>
        <strong class="breaks">{stray.name}</strong> goes from the tenant's folder, and cannot be brought back.
        {stray.kind === "folder" && " All that is in it goes too."}
        {stray.kind === "link" && " What it leads to stays."}
      </p>
    </ActionDialog>
  );
}
