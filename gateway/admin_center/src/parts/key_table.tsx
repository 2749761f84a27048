/** Keys, with what can be done to them. */

import { useSignal } from "@preact/signals";
import type { Key } from "../api/wire.ts";
import { me } from "../state/session.ts";
import { Badge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { RevokeDialog, RotateDialog } from "./key_dialogs.tsx";
import { Moment } from "./moment.tsx";

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
      <table class="data stack">
        <thead>
          <tr>
            {showsUser && <th scope="col">User</th>}
            <th scope="col">Name</th>
            <th scope="col">Key</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">Good until</th>
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <Row
              key={key.id}
              key_={key}
              showsUser={showsUser ?? false}
              onOpen={(what) => (open.value = { what, key })}
            />
          ))}
        </tbody>
      </table>
      {open.value?.what === "rotate" && <RotateDialog key_={open.value.key} onClose={close} onDone={onChange} />}
      {open.value?.what === "revoke" && <RevokeDialog key_={open.value.key} onClose={close} onDone={onChange} />}
    </>
  );
}

interface RowProps {
  key_: Key;
  showsUser: boolean;
  onOpen: (what: "rotate" | "revoke") => void;
}

function Row({ key_, showsUser, onOpen }: RowProps) {
  const title = `…${key_.last_four} of ${key_.user}`;
  return (
    <tr>
      {showsUser && <td data-label="User">{key_.user}</td>}
      <td data-label="Name">
        {key_.name || "–"} {key_.id === me.value?.key?.id && <Badge tone="good">This one</Badge>}
      </td>
      <td data-label="Key">
        <code>…{key_.last_four}</code>
      </td>
      <td data-label="Made">
        <Moment time={key_.created} />
      </td>
      <td data-label="Last used">
        <Moment time={key_.last_used} none="never" />
      </td>
      <td data-label="Good until">
        <Moment time={key_.expires} none="no end" />
      </td>
      <td class="row-actions">
        <Button icon="retry" kind="quiet" label={`Rotate ${title}`} onClick={() => onOpen("rotate")} />
        <Button icon="trash" kind="quiet" label={`Revoke ${title}`} onClick={() => onOpen("revoke")} />
      </td>
    </tr>
  );
}
