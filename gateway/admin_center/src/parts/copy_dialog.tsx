/** Copies an application into another database, or under another name. */

import { useSignal } from "@preact/signals";
import { createCopy } from "../api/calls.ts";
import type { ConflictAction, CopyBody } from "../api/wire.ts";
import { go } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { may, me } from "../state/session.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { conflictOptions } from "./conflict_choice.tsx";
import { SelectField, TextField } from "./fields.tsx";

export function CopyDialog({ place, name, onClose }: { place: string; name: string; onClose: () => void }) {
  const databases = me.value?.databases ?? [];
  const to = useSignal(databases.find((each) => each !== place) ?? place);
  const as = useSignal(name);
  const action = useSignal<ConflictAction>("fail");
  const body: CopyBody = {
    from_database: place,
    to_database: to.value,
    applications: [
      {
        name,
        ...(as.value.trim() !== name && as.value.trim() !== "" ? { import_as: as.value.trim() } : {}),
        ...(action.value === "fail" ? {} : { on_conflict: action.value }),
      },
    ],
  };
  return (
    <ActionDialog
      title={`Copy ${name}`}
      submit="Copy"
      call={createCopy(body)}
      isReady={to.value !== place || as.value.trim() !== name}
      onDone={(job) => {
        tell("The copy is submitted.");
        onClose();
        go(["jobs", job.id]);
      }}
      onClose={onClose}
    >
      <SelectField
        label="Into database"
        value={to.value}
        options={databases.map((value) => ({ value, text: value }))}
        onChange={(value) => {
          to.value = value;
        }}
      />
      <TextField label="Under the name" value={as} hint="In the same database it needs another name." />
      <SelectField
        label="Where that name is there already"
        value={action.value}
        options={conflictOptions(may.value.may_administer).filter((each) => each.value !== "rename")}
        onChange={(value) => {
          action.value = value as ConflictAction;
        }}
      />
    </ActionDialog>
  );
}
