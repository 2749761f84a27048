/** Gives users access to applications. */

import { useSignal } from "@preact/signals";
import { createGrant, listUsers } from "../api/calls.ts";
import { send } from "../api/client.ts";
import { useActing } from "../lib/acting.ts";
import { plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";
import { Button } from "./button.tsx";
import { Curl } from "./curl.tsx";
import { Dialog } from "./dialog.tsx";
import { CheckList, SelectField, TextField } from "./fields.tsx";
import { ErrorBox, Loading } from "./states.tsx";

interface GrantDialogProps {
  database: string;
  applications: string[];
  onClose: () => void;
  onDone?: () => void;
}

const EVERYBODY = "*";

export function GrantDialog({ database, applications, onClose, onDone }: GrantDialogProps) {
  const acting = useActing();
  const user = useSignal(EVERYBODY);
  const chosen = useSignal<ReadonlySet<string>>(new Set(applications));
  const calls = [...chosen.value].map((application) =>
    createGrant({ database, application, user: user.value.trim() || EVERYBODY }),
  );
  const grant = (event: Event) => {
    event.preventDefault();
    void acting.run(async () => {
      for (const call of calls) await send(call);
      tell(`Access given to ${plural(calls.length, "application")}.`);
      onDone?.();
      onClose();
    });
  };
  return (
    <Dialog title="Grant access" onClose={onClose}>
      <form onSubmit={grant} class="stacked">
        <p class="muted">Whoever is granted an application of database {database} sees it, and may export it.</p>
        {applications.length > 1 && (
          <CheckList
            legend="Applications"
            options={applications.map((value) => ({ value, text: value }))}
            chosen={chosen}
          />
        )}
        <UserChoice user={user} />
        <ErrorBox error={acting.error.value} />
        <Curl calls={calls} />
        <div class="actions">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" kind="primary" busy={acting.busy.value} disabled={calls.length === 0}>
            Grant
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Administrators choose from the users; others type a name, for they may not list them. */
function UserChoice({ user }: { user: { value: string } & Parameters<typeof TextField>[0]["value"] }) {
  const users = useLoad(may.value.may_administer ? listUsers() : null);
  if (users.isLoading) return <Loading />;
  if (users.value === null) return <TextField label="User (* for all)" value={user} isRequired />;
  const options = users.value.users.map((each) => ({
    value: each.user,
    text: each.name ? `${each.user} (${each.name})` : each.user,
  }));
  return (
    <SelectField
      label="User"
      value={user.value}
      options={[{ value: EVERYBODY, text: "All users of the tenant" }, ...options]}
      onChange={(value) => {
        user.value = value;
      }}
    />
  );
}
