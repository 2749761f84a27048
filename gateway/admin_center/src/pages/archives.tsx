/** The tenant's archive folder. */

import { useSignal } from "@preact/signals";
import { deleteArchive, listArchives, listStrays, pinArchive } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Archive } from "../api/wire.ts";
import { useActing } from "../lib/acting.ts";
import { formatBytes, plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Badge } from "../parts/badge.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { DownloadButton } from "../parts/download.tsx";
import { TextField } from "../parts/fields.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, ErrorBox, Ready } from "../parts/states.tsx";
import { Strays } from "../parts/strays.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { hrefTo } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";

export function Archives() {
  const loaded = useLoad(listArchives());
  const strays = useLoad(may.value.may_administer ? listStrays() : null);
  const wanted = useSignal("");
  const deleting = useSignal<string | null>(null);
  const needle = wanted.value.trim().toLowerCase();
  const lead = may.value.may_administer ? "All archives of the tenant." : "What your own exports wrote.";
  return (
    <>
      <PageHead title="Archives" lead={lead}>
        <Button
          icon="retry"
          onClick={() => {
            loaded.reload();
            strays.reload();
          }}
        >
          Reload
        </Button>
      </PageHead>
      <Ready loaded={loaded}>
        {({ archives }) => {
          if (archives.length === 0) return <NoArchives />;
          const shown = archives.filter((each) => each.name.toLowerCase().includes(needle));
          return (
            <>
              <div class="filters">
                <TextField label="Find" type="search" value={wanted} placeholder="Name" />
                <p class="fine" role="status">
                  {plural(shown.length, "archive")}, {formatBytes(shown.reduce((sum, each) => sum + each.bytes, 0))}
                </p>
              </div>
              <List archives={shown} onDelete={(name) => (deleting.value = name)} onPin={loaded.reload} />
            </>
          );
        }}
      </Ready>
      <ErrorBox error={strays.error} onRetry={strays.reload} />
      {strays.value && <Strays strays={strays.value.strays} onDone={strays.reload} />}
      <Curl calls={listArchives()} />
      {deleting.value !== null && (
        <DeleteArchive
          name={deleting.value}
          onClose={() => {
            deleting.value = null;
          }}
          onDone={loaded.reload}
        />
      )}
    </>
  );
}

function NoArchives() {
  return (
    <Empty icon="archives" title="No archives">
      <p class="muted">An export writes one; uploads for import land here too.</p>
      <LinkButton icon="export" kind="primary" href={hrefTo(["export"])}>
        Export something
      </LinkButton>
    </Empty>
  );
}

const COLUMNS: Column<Archive>[] = [
  {
    name: "Name",
    show: ({ name, pinned }) => (
      <>
        <a href={hrefTo(["archives", name])}>{name}</a> {pinned && <Badge tone="good">Pinned</Badge>}
      </>
    ),
  },
  { name: "Size", show: ({ bytes }) => formatBytes(bytes), isNumber: true },
  { name: "Written", show: ({ modified }) => <Moment time={modified} /> },
];

interface ListProps {
  archives: Archive[];
  onDelete: (name: string) => void;
  onPin: () => void;
}

function List({ archives, onDelete, onPin }: ListProps) {
  const { busy, error, run } = useActing();
  const pin = ({ name, pinned }: Archive) =>
    run(async () => {
      await send(pinArchive(name, !pinned));
      onPin();
    });
  const sorted = archives.toSorted((one, other) => Date.parse(other.modified) - Date.parse(one.modified));
  return (
    <>
      <ErrorBox error={error.value} />
      <div class="card list">
        <Table
          columns={COLUMNS}
          rows={sorted}
          keyOf={({ name }) => name}
          actions={(archive) => (
            <Actions archive={archive} isBusy={busy.value} onDelete={onDelete} onPin={() => void pin(archive)} />
          )}
        />
      </div>
    </>
  );
}

interface ActionsProps {
  archive: Archive;
  isBusy: boolean;
  onDelete: (name: string) => void;
  onPin: () => void;
}

function Actions({ archive: { name, pinned }, isBusy, onDelete, onPin }: ActionsProps) {
  return (
    <>
      {may.value.may_import && (
        <LinkButton icon="import" kind="quiet" label={`Import ${name}`} href={hrefTo(["import"], { archive: name })} />
      )}
      <DownloadButton name={name} kind="quiet" isBare />
      {may.value.may_administer && (
        <>
          <Button
            icon="pin"
            kind="quiet"
            label={`${pinned ? "Unpin" : "Pin"} ${name}`}
            disabled={isBusy}
            onClick={onPin}
          />
          {!pinned && <Button icon="trash" kind="quiet" label={`Delete ${name}`} onClick={() => onDelete(name)} />}
        </>
      )}
    </>
  );
}

export function DeleteArchive({ name, onClose, onDone }: { name: string; onClose: () => void; onDone: () => void }) {
  return (
    <ActionDialog
      title="Delete this archive?"
      submit="Delete"
      call={deleteArchive(name)}
      onDone={() => {
        tell(`${name} is deleted.`);
        onClose();
        onDone();
      }}
      onClose={onClose}
      isDangerous
    >
      <p>
        <strong class="breaks">{name}</strong> goes from the tenant's folder, and cannot be brought back.
      </p>
    </ActionDialog>
  );
}
