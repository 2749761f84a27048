/** Archives come in: dropped or chosen, uploaded, checked, decided on, imported. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listArchives } from "../api/calls.ts";
import { ENDINGS, isArchiveName } from "../lib/archive_names.ts";
import { plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { Button } from "../parts/button.tsx";
import { DropZone } from "../parts/drop_zone.tsx";
import { CheckField, SelectField } from "../parts/fields.tsx";
import { ImportItem } from "../parts/import_item.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { address, ask } from "../state/address.ts";
import { addArchive, addFiles, isReady, ownItems, submitAll } from "../state/imports.ts";
import { tell } from "../state/notices.ts";
import { database, may, me } from "../state/session.ts";
import { NoDatabase } from "./applications.tsx";

export function Import() {
  const place = database.value;
  if (place === null) return <NoDatabase />;
  return <Into place={place} />;
}

function Into({ place }: { place: string }) {
  const named = address.value.query["archive"];
  useEffect(() => {
    if (named === undefined) return;
    addArchive(named);
    ask({ archive: "" });
  }, [named]);
  const take = (files: File[]) => {
    const archives = files.filter((file) => isArchiveName(file.name));
    if (archives.length < files.length)
      tell(`Only files that end in ${ENDINGS.join(", ")} can be imported; the others were left out.`, "bad");
    addFiles(archives);
  };
  return (
    <>
      <PageHead title="Import" lead="Bring applications out of archives into a database." />
      <div class="card stacked">
        <div class="side-by-side">
          <SelectField
            label="Into database"
            value={place}
            options={(me.value?.databases ?? []).map((value) => ({ value, text: value }))}
            onChange={(value) => ask({ database: value })}
          />
          <FolderChoice />
        </div>
        {may.value.may_administer ? (
          <DropZone onFiles={take} />
        ) : (
          <p class="muted">Uploads need the role ADMIN; you may import what your own exports wrote.</p>
        )}
      </div>
      <ul class="plain imports" aria-label="Archives to import">
        {ownItems.value.map((item) => (
          <li key={item.id}>
            <ImportItem item={item} place={place} />
          </li>
        ))}
      </ul>
      <Together place={place} />
    </>
  );
}

/** Archives that are in the tenant's folder already. */
function FolderChoice() {
  const loaded = useLoad(listArchives());
  const archives = loaded.value?.archives ?? [];
  if (archives.length === 0) return null;
  return (
    <SelectField
      label="From the archive folder"
      value=""
      options={[{ value: "", text: "Choose an archive" }, ...archives.map(({ name }) => ({ value: name, text: name }))]}
      onChange={(name) => name && addArchive(name)}
    />
  );
}

/** What can be done with all that are ready. */
function Together({ place }: { place: string }) {
  const isChained = useSignal(false);
  const isBusy = useSignal(false);
  const ready = ownItems.value.filter(isReady);
  if (ready.length < 2) return null;
  const start = async () => {
    isBusy.value = true;
    await submitAll(place, isChained.value);
    isBusy.value = false;
  };
  return (
    <div class="card together">
      <CheckField
        isChecked={isChained.value}
        onChange={(isChecked) => {
          isChained.value = isChecked;
        }}
      >
        Each only after the one before has succeeded
      </CheckField>
      <Button kind="primary" icon="import" busy={isBusy.value} onClick={() => void start()}>
        Import {plural(ready.length, "archive")}
      </Button>
    </div>
  );
}
