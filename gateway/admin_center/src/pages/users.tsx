/** The users of the tenant. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { changeUser, createUser, deleteUser, listUsers } from "../api/calls.ts";
import { ROLES, type User } from "../api/wire.ts";
import { plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Badge, Badges } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { CheckField, CheckList, SelectField, TextField } from "../parts/fields.tsx";
import { NewKeyDialog } from "../parts/key_dialogs.tsx";
import { type LongColumn, LongTable } from "../parts/long_table.tsx";
import { Moment } from "../parts/moment.tsx";
import { Ready } from "../parts/states.tsx";
import { tell } from "../state/notices.ts";

type Open = { what: "new" } | { what: "edit" | "delete" | "key"; user: User };

export function Users() {
  const loaded = useLoad(listUsers());
  const open = useSignal<Open | null>(null);
  return (
    <section class="card" aria-labelledby="users-title">
      <header>
        <h2 id="users-title">Users</h2>
        <Button icon="plus" kind="primary" onClick={() => (open.value = { what: "new" })}>
          New user
        </Button>
      </header>
      <Ready loaded={loaded}>{({ users }) => <List users={users} onOpen={(what) => (open.value = what)} />}</Ready>
      <Curl calls={listUsers()} />
      {open.value !== null && (
        <Dialogs
          open={open.value}
          onDone={loaded.reload}
          onClose={() => {
            open.value = null;
            loaded.reload(); // a change that was refused met a newer one
          }}
        />
      )}
    </section>
  );
}

interface DialogProps {
  onDone: () => void;
  onClose: () => void;
}

function Dialogs({ open, ...rest }: DialogProps & { open: Open }) {
  switch (open.what) {
    case "new":
      return <NewUserDialog {...rest} />;
    case "edit":
      return <EditDialog user={open.user} {...rest} />;
    case "delete":
      return <DeleteDialog user={open.user} {...rest} />;
    case "key":
      return <NewKeyDialog user={open.user.user} {...rest} />;
  }
}

function List({ users, onOpen }: { users: User[]; onOpen: (open: Open) => void }) {
  const wanted = useSignal("");
  const role = useSignal("");
  const rows = useMemo(
    () => users.filter(({ roles }) => role.value === "" || roles.some((each) => each === role.value)),
    [users, role.value],
  );
  if (users.length === 0) return <p class="muted">No users yet.</p>;
  return (
    <LongTable
      label="Users"
      columns={COLUMNS}
      rows={rows}
      keyOf={({ user }) => user}
      namesOf={({ user, name }) => [user, name]}
      wanted={wanted}
      order={{ column: "User", isDown: false }}
      filters={
        <SelectField
          label="Role"
          value={role.value}
          options={[{ value: "", text: "Any role" }, ...ROLE_OPTIONS]}
          onChange={(value) => {
            role.value = value;
          }}
        />
      }
      told={(shown) => plural(shown.length, "user")}
      actions={(user) => <Actions user={user} onOpen={onOpen} />}
    />
  );
}

const COLUMNS: LongColumn<User>[] = [
  {
    name: "User",
    show: ({ user, disabled }) => (
      <>
        {user} {disabled && <Badge tone="bad">Disabled</Badge>}
      </>
    ),
    by: ({ user }) => user,
  },
  { name: "Name", show: ({ name }) => name || "–", by: ({ name }) => name ?? "" },
  { name: "Roles", show: ({ roles }) => <Badges words={roles} none="–" /> },
  {
    name: "Last used",
    show: ({ last_used }) => <Moment time={last_used} none="never" />,
    by: ({ last_used }) => (last_used === null ? 0 : Date.parse(last_used)),
    width: "110px",
  },
];

function Actions({ user, onOpen }: { user: User; onOpen: (open: Open) => void }) {
  return (
    <>
      <Button
        icon="key"
        kind="quiet"
        label={`New key for ${user.user}`}
        onClick={() => onOpen({ what: "key", user })}
      />
      <Button
        icon="profile"
        kind="quiet"
        label={`Change ${user.user}`}
        onClick={() => onOpen({ what: "edit", user })}
      />
      <Button
        icon="trash"
        kind="quiet"
        label={`Delete ${user.user}`}
        onClick={() => onOpen({ what: "delete", user })}
      />
    </>
  );
}

const ROLE_OPTIONS = ROLES.map((value) => ({ value, text: value }));

function NewUserDialog({ onDone, onClose }: DialogProps) {
  const user = useSignal("");
  const name = useSignal("");
  const roles = useSignal<ReadonlySet<string>>(new Set<string>());
  const made = useSignal<string | null>(null);
  if (made.value !== null) return <NewKeyDialog user={made.value} onClose={onClose} onDone={onDone} />;
  const call = createUser({
    user: user.value.trim(),
    roles: [...roles.value],
    ...(name.value.trim() === "" ? {} : { name: name.value.trim() }),
  });
  return (
    <ActionDialog
      title="New user"
      submit="Create"
      call={call}
      isReady={user.value.trim() !== ""}
      onDone={(answer) => {
        tell(`${answer.user} is a user now.`);
        onDone();
        made.value = answer.user;
      }}
      onClose={onClose}
    >
      <TextField label="User" value={user} isRequired hint="What jobs and logs call them." />
      <TextField label="Full name" value={name} />
      <CheckList legend="Roles" options={ROLE_OPTIONS} chosen={roles} />
    </ActionDialog>
  );
}

function EditDialog({ user, onDone, onClose }: DialogProps & { user: User }) {
  const name = useSignal(user.name ?? "");
  const roles = useSignal<ReadonlySet<string>>(new Set(user.roles));
  const isDisabled = useSignal(user.disabled);
  const call = changeUser(user, { roles: [...roles.value], name: name.value.trim(), disabled: isDisabled.value });
  return (
    <ActionDialog
      title={`Change ${user.user}`}
      submit="Save"
      call={call}
      onDone={() => {
        tell("Saved.");
        onClose();
        onDone();
      }}
      onClose={onClose}
    >
      <TextField label="Full name" value={name} />
      <CheckList legend="Roles" options={ROLE_OPTIONS} chosen={roles} />
      <CheckField
        isChecked={isDisabled.value}
        onChange={(isChecked) => {
          isDisabled.value = isChecked;
        }}
      >
        Disabled: none of the keys works
      </CheckField>
    </ActionDialog>
  );
}

function DeleteDialog({ user, onDone, onClose }: DialogProps & { user: User }) {
  return (
    <ActionDialog
      title={`Delete ${user.user}?`}
      submit="Delete"
      call={deleteUser(user.user)}
      onDone={() => {
        tell(`${user.user} is deleted.`);
        onClose();
        onDone();
      }}
      onClose={onClose}
      isDangerous
    >
      <p>All keys of {user.user} end at once. Jobs and archives stay.</p>
    </ActionDialog>
  );
}
