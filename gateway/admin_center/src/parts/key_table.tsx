/** Keys, with what can be done to them. */

import { useSignal } from "@preact/signals";
import type { Key } from "../api/wire.ts";
import { me } from "../state/session.ts";
import { Badge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { RevokeDialog, RotateDialog } from "./key_dialogs.tsx";
import { Moment } from "./moment.tsx";
import { type Column, Table } from "./table.tsx";

interface KeyTableProps {
  keys: Key[];
  onChange: () => void;
  showsUser?: boolean;
}

export function KeyTable({ keys, onChange, showsUser }: KeyTableProps) {
  const open = useSignal<{ what: "rotate" | "revoke"; key: Key } | null>(null);
  const close = () => {
    open.value = null;
  };
  if (keys.length === 0) return <p class="muted">No keys.</p>;
  return (
    <>
      <Table
        columns={showsUser ? [USER, ...COLUMNS] : COLUMNS}
        rows={keys}
        keyOf={({ id }) => id}
        actions={(key) => <Actions title={titleOf(key)} onOpen={(what) => (open.value = { what, key })} />}
      />
      {open.value?.what === "rotate" && <RotateDialog key_={open.value.key} onClose={close} onDone={onChange} />}
      {open.value?.what === "revoke" && <RevokeDialog key_={open.value.key} onClose={close} onDone={onChange} />}
    </>
  );
}

const USER: Column<Key> = { name: "User", show: ({ user }) => user };
const COLUMNS: Column<Key>[] = [
  {
    name: "Name",
    show: ({ id, name }) => (
      <>
        {name || "–"} {id === me.value?.key?.id && <Badge tone="good">This one</Badge>}
      </>
    ),
  },
  { name: "Key", show: ({ last_four }) => <code>…{last_four}</code> },
  { name: "Made", show: ({ created }) => <Moment time={created} /> },
  { name: "Last used", show: ({ last_used }) => <Moment time={last_used} none="never" /> },
  { name: "Good until", show: ({ expires }) => <Moment time={expires} none="no end" /> },
];

function titleOf({ last_four, user }: Key): string {
  return `…${last_four} of ${user}`;
}

function Actions({ title, onOpen }: { title: string; onOpen: (what: "rotate" | "revoke") => void }) {
  return (
    <>
      <Button icon="retry" kind="quiet" label={`Rotate ${title}`} onClick={() => onOpen("rotate")} />
      <Button icon="trash" kind="quiet" label={`Revoke ${title}`} onClick={() => onOpen("revoke")} />
    </>
  );
}
