/** What goes on: running and waiting jobs, throughput, workers. */

import { useMemo } from "preact/hooks";
import { getOverview } from "../api/calls.ts";
import type { Job, Minute, Overview as Seen, Worker } from "../api/wire.ts";
import { formatNumber, formatShort } from "../lib/format.ts";
import { useJobList } from "../lib/job_list.ts";
import { useEvery, useLoad } from "../lib/loading.ts";
import { fillMinutes } from "../lib/minutes.ts";
import { Badge } from "../parts/badge.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { JobRow } from "../parts/job_row.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Plot, type Series } from "../parts/plot.tsx";
import { ErrorBox, Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { hrefTo } from "../state/address.ts";
import { now } from "../state/clock.ts";
import { may, me, tenant } from "../state/session.ts";

const LOOK_MILLISECONDS = 5000;
const RECENT = 6;
const LATE_MILLISECONDS = 30_000;

export function Overview() {
  const seesAll = may.value.may_administer || may.value.sees_all_jobs;
  return (
    <>
      <PageHead title="Overview" lead={`Tenant ${tenant.value}.`}>
        {may.value.may_import && (
          <LinkButton icon="import" kind="primary" href={hrefTo(["import"])}>
            Import
          </LinkButton>
        )}
        <LinkButton icon="export" href={hrefTo(["export"])}>
          Export
        </LinkButton>
      </PageHead>
      {seesAll && <Figures />}
      <RecentJobs />
    </>
  );
}

function Figures() {
  const loaded = useLoad(getOverview());
  const { value, error, reload } = loaded;
  const shown = useKept(value);
  useEvery(LOOK_MILLISECONDS, reload);
  if (error) return <ErrorBox error={error} onRetry={reload} />;
  if (shown === null) return <Loading />;
  return (
    <>
      <Tiles seen={shown} />
      <Plots seen={shown} />
      <Workers workers={shown.workers} />
      <Curl calls={getOverview()} />
    </>
  );
}

/** Keep the last answer in sight while the next one is asked for. */
function useKept<Value>(value: Value | null): Value | null {
  const kept = useMemo(() => ({ value }), []);
  if (value !== null) kept.value = value;
  return kept.value;
}

function Tiles({ seen }: { seen: Seen }) {
  const hour = fillMinutes(seen.throughput, now.value).slice(-60);
  const elements = hour.reduce((sum, each) => sum + each.elements, 0);
  return (
    <ul class="plain tiles">
      <Tile name="Running" value={formatNumber(seen.queue.running)} />
      <Tile name="Waiting" value={formatNumber(seen.queue.waiting)} />
      <Tile name="Workers" value={formatNumber(seen.workers.length)} isBad={seen.workers.length === 0} />
      <Tile name="Elements in the last hour" value={formatShort(elements)} />
    </ul>
  );
}

function Tile({ name, value, isBad }: { name: string; value: string; isBad?: boolean }) {
  return (
    <li class={isBad ? "card tile bad" : "card tile"}>
      <span class="value">{value}</span>
      <span class="fine">{name}</span>
    </li>
  );
}

function Plots({ seen }: { seen: Seen }) {
  const { times, throughput, queue } = useMemo(() => seriesOf(fillMinutes(seen.throughput, Date.now())), [seen]);
  if (times.length < 2) return null;
  return (
    <div class="columns even">
      <div class="card">
        <Plot title="Elements moved per minute" times={times} series={throughput} />
      </div>
      <div class="card">
        <Plot title="Jobs running and waiting" times={times} series={queue} />
      </div>
    </div>
  );
}

function seriesOf(minutes: Minute[]): { times: number[]; throughput: Series[]; queue: Series[] } {
  return {
    times: minutes.map((each) => Date.parse(each.time) / 1000),
    throughput: [{ label: "Elements", values: minutes.map((each) => each.elements), color: "--accent" }],
    queue: [
      { label: "Running", values: minutes.map((each) => each.running), color: "--busy" },
      { label: "Waiting", values: minutes.map((each) => each.waiting), color: "--warn" },
    ],
  };
}

function Workers({ workers }: { workers: Worker[] }) {
  return (
    <section class="card" aria-labelledby="workers-title">
      <h2 id="workers-title">Workers</h2>
      {workers.length === 0 ? (
        <p class="bad-text">No worker is alive: jobs wait until one starts.</p>
      ) : (
        <Table columns={WORKER_COLUMNS} rows={workers} keyOf={({ id }) => id} />
      )}
    </section>
  );
}

const WORKER_COLUMNS: Column<Worker>[] = [
  {
    name: "Worker",
    show: ({ host, pid }) => (
      <>
        {host} <span class="fine">process {pid}</span>
      </>
    ),
  },
  { name: "Started", show: ({ started }) => <Moment time={started} /> },
  { name: "Heartbeat", show: ({ heartbeat, draining }) => <Heartbeat time={heartbeat} isDraining={draining} /> },
  {
    name: "Job",
    show: ({ job_id }) => (job_id ? <a href={hrefTo(["jobs", job_id])}>its job</a> : <span class="muted">idle</span>),
  },
];

/** One that drains takes nothing more, and ends with its job. */
function Heartbeat({ time, isDraining }: { time: string; isDraining: boolean }) {
  return (
    <>
      {now.value - Date.parse(time) > LATE_MILLISECONDS ? (
        <Badge tone="bad">late</Badge>
      ) : (
        <Badge tone={isDraining ? "warn" : "good"}>{isDraining ? "draining" : "alive"}</Badge>
      )}{" "}
      <Moment time={time} />
    </>
  );
}

const NO_QUERY = {};
const fitsAlways = () => true;

function RecentJobs() {
  const list = useJobList(NO_QUERY, fitsAlways);
  const active = list.jobs.filter((job) => job.ended === null);
  const recent = list.jobs.filter((job) => job.ended !== null).slice(0, RECENT);
  return (
    <section class="card list" aria-labelledby="recent-title">
      <header>
        <h2 id="recent-title">{may.value.sees_all_jobs ? "Jobs" : `Jobs of ${me.value?.user}`}</h2>
        <LinkButton href={hrefTo(["jobs"])}>All jobs</LinkButton>
      </header>
      <ErrorBox error={list.error} />
      {list.isLoading && <Loading />}
      {!list.isLoading && list.jobs.length === 0 && <NoJobs />}
      <Rows jobs={[...active, ...recent]} />
      {list.error && <Button onClick={list.reload}>Try again</Button>}
    </section>
  );
}

function NoJobs() {
  return <p class="muted inset">Nothing was done yet. Export an application, or import an archive.</p>;
}

function Rows({ jobs }: { jobs: Job[] }) {
  return (
    <ul class="plain rows">
      {jobs.map((job) => (
        <li key={job.id}>
          <JobRow job={job} />
        </li>
      ))}
    </ul>
  );
}
