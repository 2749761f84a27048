/** Archives come in: dropped or chosen, uploaded, checked, decided on, imported. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listArchives } from "../api/calls.ts";
import { ENDINGS, isArchiveName } from "../lib/archive_names.ts";
import { useArrivals } from "../lib/arrivals.ts";
import { useLoad } from "../lib/loading.ts";
import { CutOffUploads } from "../parts/cut_off_uploads.tsx";
import { DropZone } from "../parts/drop_zone.tsx";
import { CheckField, SelectField } from "../parts/fields.tsx";
import { ImportItem } from "../parts/import_item.tsx";
import { ImportTogether } from "../parts/import_together.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { address, ask } from "../state/address.ts";
import { addArchive, addFiles, ownItems } from "../state/imports.ts";
import { tell } from "../state/notices.ts";
import { database, may, me } from "../state/session.ts";
import { NoDatabase } from "./applications.tsx";

/** Whether what is dropped is submitted without another click: for as long as the page is open. */
const isAtOnce = signal(false);

export function Import() {
  const place = database.value;
  if (place === null) return <NoDatabase />;
  return <Into place={place} />;
}

function Into({ place }: { place: string }) {
  useArrivals();
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
    addFiles(archives, isAtOnce.value);
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
          <>
            <DropZone onFiles={take} />
            <CheckField isChecked={isAtOnce.value} onChange={(isChecked) => (isAtOnce.value = isChecked)}>
              Import each as soon as it is checked, unless it needs a decision
            </CheckField>
          </>
        ) : (
          <p class="muted">Uploads need the role ADMIN; you may import what your own exports wrote.</p>
        )}
      </div>
      {may.value.may_administer && <CutOffUploads />}
      <ul class="plain imports" aria-label="Archives to import">
        {ownItems.value.map((item) => (
          <li key={item.id}>
            <ImportItem item={item} place={place} />
          </li>
        ))}
      </ul>
      <ImportTogether />
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
