/** The tenant's archive folder. */

import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
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
import { SelectField } from "../parts/fields.tsx";
import { type LongColumn, LongTable } from "../parts/long_table.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, ErrorBox, Ready } from "../parts/states.tsx";
import { Strays } from "../parts/strays.tsx";
import { hrefTo } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";

export function Archives() {
  const loaded = useLoad(listArchives());
  const strays = useLoad(may.value.may_administer ? listStrays() : null);
  const wanted = useSignal("");
  const deleting = useSignal<string | null>(null);
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
        {({ archives }) => (
          <List
            archives={archives}
            wanted={wanted}
            onDelete={(name) => (deleting.value = name)}
            onPin={loaded.reload}
          />
        )}
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

const COLUMNS: LongColumn<Archive>[] = [
  {
    name: "Name",
    show: ({ name, pinned }) => (
      <>
        <a href={hrefTo(["archives", name])}>{name}</a> {pinned && <Badge tone="good">Pinned</Badge>}
      </>
    ),
    by: ({ name }) => name,
  },
  { name: "Size", show: ({ bytes }) => formatBytes(bytes), by: ({ bytes }) => bytes, isNumber: true, width: "100px" },
  {
    name: "Written",
    show: ({ modified }) => <Moment time={modified} />,
    by: ({ modified }) => Date.parse(modified ?? ""),
    width: "120px",
  },
];

interface ListProps {
  archives: Archive[];
  wanted: Signal<string>;
  onDelete: (name: string) => void;
  onPin: () => void;
}

function List({ archives, wanted, onDelete, onPin }: ListProps) {
  const { busy, error, run } = useActing();
  const pinned = useSignal("");
  const pin = ({ name, pinned }: Archive) =>
    run(async () => {
      await send(pinArchive(name, !pinned));
      onPin();
    });
  const rows = useMemo(
    () => archives.filter((each) => pinned.value === "" || each.pinned === (pinned.value === "yes")),
    [archives, pinned.value],
  );
  if (archives.length === 0) return <NoArchives />;
  return (
    <>
      <ErrorBox error={error.value} />
      <LongTable
        label="Archives"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ name }) => name}
        namesOf={({ name }) => [name]}
        wanted={wanted}
        order={{ column: "Written", isDown: true }}
        filters={
          <SelectField
            label="Pinned"
            value={pinned.value}
            options={PINNED}
            onChange={(value) => {
              pinned.value = value;
            }}
          />
        }
        told={(shown) =>
          `${plural(shown.length, "archive")}, ${formatBytes(shown.reduce((sum, each) => sum + each.bytes, 0))}`
        }
        actions={(archive) => (
          <Actions archive={archive} isBusy={busy.value} onDelete={onDelete} onPin={() => void pin(archive)} />
        )}
      />
    </>
  );
}

const PINNED = [
  { value: "", text: "Any" },
  { value: "yes", text: "Pinned" },
  { value: "no", text: "Not pinned" },
];

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
