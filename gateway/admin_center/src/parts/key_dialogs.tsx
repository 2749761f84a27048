/** Keys are made, made anew, revoked; their text is shown once. */

import { useSignal } from "@preact/signals";
import { createKey, revokeKey, rotateKey } from "../api/calls.ts";
import type { Key, NewKey } from "../api/wire.ts";
import { tell } from "../state/notices.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./fields.tsx";

interface KeyDialogProps {
  onClose: () => void;
  onDone: () => void;
}

/** `user`: whose key; absent: the reader's own. */
export function NewKeyDialog({ user, onClose, onDone }: KeyDialogProps & { user?: string }) {
  const name = useSignal("");
  const expires = useSignal("");
  const made = useSignal<NewKey | null>(null);
  if (made.value !== null) return <KeyShown made={made.value} onClose={onClose} />;
  const call = createKey({
    ...(name.value.trim() === "" ? {} : { name: name.value.trim() }),
    ...(user === undefined ? {} : { user }),
    ...(expires.value === "" ? {} : { expires: new Date(`${expires.value}T23:59:59`).toISOString() }),
  });
  return (
    <ActionDialog
      title={user === undefined ? "New key" : `New key for ${user}`}
      submit="Make the key"
      call={call}
      onDone={(answer) => {
        made.value = answer;
        onDone();
      }}
      onClose={onClose}
    >
      <TextField label="Name" value={name} placeholder="laptop, nightly export, …" hint="What it is for." />
      <TextField label="Good until" type="date" value={expires} hint="Empty: until it is revoked." />
    </ActionDialog>
  );
}

export function RotateDialog({ key_, onClose, onDone }: KeyDialogProps & { key_: Key }) {
  const made = useSignal<NewKey | null>(null);
  if (made.value !== null) return <KeyShown made={made.value} onClose={onClose} />;
  return (
    <ActionDialog
      title="Make this key anew?"
      submit="Rotate"
      call={rotateKey(key_.id)}
      onDone={(answer) => {
        made.value = answer;
        onDone();
      }}
      onClose={onClose}
    >
      <p>
        The key …{key_.last_four} of {key_.user} ends at once; a new text takes its place.
      </p>
    </ActionDialog>
  );
}

export function RevokeDialog({ key_, onClose, onDone }: KeyDialogProps & { key_: Key }) {
  return (
    <ActionDialog
      title="Revoke this key?"
      submit="Revoke"
      call={revokeKey(key_.id)}
      onDone={() => {
        tell("The key is revoked.");
        onClose();
        onDone();
      }}
      onClose={onClose}
      isDangerous
    >
      <p>
        Whoever uses the key …{key_.last_four} of {key_.user} is locked out at once.
      </p>
    </ActionDialog>
  );
}

function KeyShown({ made, onClose }: { made: NewKey; onClose: () => void }) {
  return (
    <Dialog title={`Key of ${made.user}`} onClose={onClose}>
      <div class="stacked">
        <p>Copy it now: it is shown this once, and kept only as a hash.</p>
        <div class="command">
          <pre tabindex={0}>
            <code data-secret>{made.key}</code>
          </pre>
          <CopyButton text={made.key} what="the key" />
        </div>
        <div class="actions">
          <Button kind="primary" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
