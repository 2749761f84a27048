/** The applications of a database. */

import { useSignal } from "@preact/signals";
import { listApplications } from "../api/calls.ts";
import { plural, sentence } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { groupVersions, type Versioned } from "../lib/versions.ts";
import { Badges } from "../parts/badge.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { DamagedEntries } from "../parts/damaged_entries.tsx";
import { TextField } from "../parts/fields.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type Column, counts, Table } from "../parts/table.tsx";
import { hrefTo } from "../state/address.ts";
import { database, may } from "../state/session.ts";

export function Applications() {
  const place = database.value;
  if (place === null) return <NoDatabase />;
  return <InDatabase place={place} key={place} />;
}

export function NoDatabase() {
  return (
    <Empty isPage icon="tenants" title="No database">
      <p class="muted">No database is mapped to this tenant yet. A super administrator can map one.</p>
    </Empty>
  );
}

function InDatabase({ place }: { place: string }) {
  const call = listApplications(place, true);
  const loaded = useLoad(call);
  return (
    <>
      <PageHead title="Applications" lead={`In database ${place}.`}>
        <Button icon="retry" onClick={loaded.reload}>
          Reload
        </Button>
      </PageHead>
      <Ready loaded={loaded}>
        {({ applications, damaged }) => (
          <>
            <Found all={groupVersions(applications)} />
            <DamagedEntries place={place} entries={damaged} onDone={loaded.reload} />
          </>
        )}
      </Ready>
      <Curl calls={call} />
    </>
  );
}

function Found({ all }: { all: Versioned[] }) {
  const wanted = useSignal("");
  if (all.length === 0) return <NoApplications />;
  const needle = wanted.value.trim().toLowerCase();
  const shown = all.filter((each) => each.name.toLowerCase().includes(needle));
  return (
    <>
      <div class="filters">
        <TextField label="Find" type="search" value={wanted} placeholder="Name" />
        <p class="fine" role="status">
          {plural(shown.length, "application")}
        </p>
      </div>
      <List applications={shown} />
    </>
  );
}

function NoApplications() {
  return (
    <Empty icon="applications" title="No applications">
      <p class="muted">This database holds none that you may see.</p>
      {may.value.may_import && (
        <LinkButton href={hrefTo(["import"])} kind="primary" icon="import">
          Import one
        </LinkButton>
      )}
    </Empty>
  );
}

const COLUMNS: Column<Versioned>[] = [
  { name: "Name", show: ({ name }) => <a href={hrefTo(["applications", name])}>{name}</a> },
  { name: "Versions", show: ({ versions }) => <Badges words={versions.map(({ version }) => version)} /> },
  { name: "Kind", show: ({ kind }) => sentence(kind.toLowerCase()) },
  counts("Nodes", ({ nodes }) => nodes),
  counts("Relationships", ({ relationships }) => relationships),
];

function List({ applications }: { applications: Versioned[] }) {
  return (
    <div class="card list">
      <Table columns={COLUMNS} rows={applications} keyOf={({ name }) => name} />
    </div>
  );
}
