/** Grants an application that is looked for first. */

import { useSignal } from "@preact/signals";
import { listApplications } from "../api/calls.ts";
import { useLoad } from "../lib/loading.ts";
import { groupVersions } from "../lib/versions.ts";
import { database, me } from "../state/session.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { SelectField } from "./fields.tsx";
import { GrantDialog } from "./grant_dialog.tsx";
import { Ready } from "./states.tsx";

export function NewGrantDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const place = useSignal(database.value ?? "");
  const chosen = useSignal<string[] | null>(null);
  const loaded = useLoad(place.value === "" ? null : listApplications(place.value));
  if (chosen.value !== null) {
    return <GrantDialog database={place.value} applications={chosen.value} onClose={onClose} onDone={onDone} />;
  }
  return (
    <Dialog title="Grant access to which application?" onClose={onClose}>
      <div class="stacked">
        <SelectField
          label="Database"
          value={place.value}
          options={(me.value?.databases ?? []).map((value) => ({ value, text: value }))}
          onChange={(value) => {
            place.value = value;
          }}
        />
        <Ready loaded={loaded}>
          {({ applications }) => (
            <ul class="plain choose">
              {groupVersions(applications).map(({ name }) => (
                <li key={name}>
                  <Button onClick={() => (chosen.value = [name])}>{name}</Button>
                </li>
              ))}
              {applications.length === 0 && <li class="muted">This database holds no application.</li>}
            </ul>
          )}
        </Ready>
      </div>
    </Dialog>
  );
}
