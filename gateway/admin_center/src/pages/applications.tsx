/** The applications of a database. */

import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { listApplications } from "../api/calls.ts";
import type { Application } from "../api/wire.ts";
import { type Counts, keyOf, useCounts } from "../lib/counts.ts";
import { formatMoment, formatNumber, plural, sentence } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { groupVersions, type Versioned } from "../lib/versions.ts";
import { Badges } from "../parts/badge.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { DamagedEntries } from "../parts/damaged_entries.tsx";
import { type LongColumn, LongTable } from "../parts/long_table.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, Ready } from "../parts/states.tsx";
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
  const call = listApplications(place);
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
            <Found place={place} applications={applications} />
            <DamagedEntries place={place} entries={damaged} onDone={loaded.reload} />
          </>
        )}
      </Ready>
      <Curl calls={call} />
    </>
  );
}

function Found({ place, applications }: { place: string; applications: Application[] }) {
  const wanted = useSignal("");
  const all = useMemo(() => groupVersions(applications), [applications]);
  const { counts, show } = useCounts(place, applications);
  const columns = columnsOf(counts);
  if (all.length === 0) return <NoApplications />;
  return (
    <LongTable
      label="Applications"
      columns={columns}
      rows={all}
      keyOf={({ name }) => name}
      namesOf={({ name }) => [name]}
      wanted={wanted}
      order={{ column: "Name", isDown: false }}
      told={(shown) => plural(shown.length, "application")}
      onShown={(rows) => show(rows.map(({ name }) => name))}
    />
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

function columnsOf(counts: Signal<Counts>): LongColumn<Versioned>[] {
  return [
    {
      name: "Name",
      show: ({ name }) => <a href={hrefTo(["applications", name])}>{name}</a>,
      by: ({ name }) => name,
      width: "minmax(0, 3fr)",
    },
    { name: "Versions", show: ({ versions }) => <Badges words={versions.map(({ version }) => version)} /> },
    { name: "Kind", show: ({ kind }) => sentence(kind.toLowerCase()), by: ({ kind }) => kind },
    {
      name: "Nodes",
      show: ({ versions }) => <Count counts={counts} versions={versions} of={({ nodes }) => nodes} />,
      isNumber: true,
      width: "110px",
    },
    {
      name: "Relationships",
      show: ({ versions }) => <Count counts={counts} versions={versions} of={({ relationships }) => relationships} />,
      isNumber: true,
      width: "130px",
    },
  ];
}

interface CountProps {
  counts: Signal<Counts>;
  versions: Application[];
  of: (counted: Application) => number | null | undefined;
}

/** The sum over all versions, with the time when the oldest of it was true; a dash for what is not known. */
function Count({ counts, versions, of }: CountProps) {
  const found = versions.map((each) => counts.value.get(keyOf(each)));
  const numbers = found.map((each) => (each === undefined ? null : of(each)));
  if (numbers.some((each) => each === null || each === undefined)) return <span class="muted">–</span>;
  const [oldest] = found.map((each) => each?.counted ?? "").sort();
  return (
    <span title={oldest ? `Counted ${formatMoment(oldest)}` : undefined}>
      {formatNumber(numbers.reduce<number>((sum, each) => sum + (each ?? 0), 0))}
    </span>
  );
}
