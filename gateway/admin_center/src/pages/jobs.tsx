/** The tenant's jobs: running, waiting, ended. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listJobs } from "../api/calls.ts";
import type { Job } from "../api/wire.ts";
import { formatNumber } from "../lib/format.ts";
import { useJobList } from "../lib/job_list.ts";
import { STATUS_WORDS } from "../lib/job_words.ts";
import { useNarrow } from "../lib/narrow.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { JobRow } from "../parts/job_row.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, ErrorBox, Loading } from "../parts/states.tsx";
import { VirtualList } from "../parts/virtual_list.tsx";
import { address, ask } from "../state/address.ts";
import { may, me } from "../state/session.ts";

const FILTERS = ["status", "kind", "in", "application", "created_by", "created_after", "created_before"] as const;
const ACTIVE = "created,in_progress";
const ROW_HEIGHT = 48;
const NARROW_ROW_HEIGHT = 76;
const TYPING_MILLISECONDS = 350;

export function Jobs() {
  const query = toQuery(address.value.query);
  const list = useJobList(query, (job) => fits(job, query));
  const isNarrow = useNarrow();
  return (
    <>
      <PageHead title="Jobs" lead={may.value.sees_all_jobs ? "All jobs of the tenant." : "Your own jobs."}>
        <Button icon="retry" onClick={list.reload}>
          Reload
        </Button>
      </PageHead>
      <Filters />
      <ErrorBox error={list.error} onRetry={list.reload} />
      {list.isLoading && <Loading />}
      {!list.isLoading && list.error === null && list.jobs.length === 0 && (
        <Empty icon="jobs" title="No jobs">
          <p class="muted">Nothing fits what is asked for, or nothing was done yet.</p>
        </Empty>
      )}
      {list.jobs.length > 0 && (
        <>
          <div class="card list">
            <div class="job-row head" aria-hidden="true">
              <span>Status</span>
              <span>Job</span>
              <span class="job-place">Database</span>
              <span class="job-who">By</span>
              <span class="job-when">When</span>
              <span class="job-took">Took</span>
            </div>
            <VirtualList
              items={list.jobs}
              label="Jobs"
              rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
              keyOf={(job) => job.id}
              render={(job) => <JobRow job={job} />}
              onNearEnd={list.more}
            />
          </div>
          <p class="fine">
            {formatNumber(list.jobs.length)} jobs{list.isWhole ? "" : ", more as you scroll"}
          </p>
        </>
      )}
      <Curl calls={listJobs(query)} />
    </>
  );
}

function Filters() {
  const { query } = address.value;
  const isAny = FILTERS.some((name) => query[name]);
  const statuses = [
    { value: "", text: "Any status" },
    { value: ACTIVE, text: "Running and waiting" },
    ...Object.entries(STATUS_WORDS).map(([value, text]) => ({ value, text })),
  ];
  const kinds = ["export", "import", "copy", "delete", "inspect"].map((value) => ({ value, text: value }));
  const databases = (me.value?.databases ?? []).map((value) => ({ value, text: value }));
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice name="status" label="Status" options={statuses} />
      <Choice name="kind" label="Kind" options={[{ value: "", text: "Any kind" }, ...kinds]} />
      <Choice name="in" label="In database" options={[{ value: "", text: "Any database" }, ...databases]} />
      <Typed name="application" label="Application or archive" />
      {may.value.sees_all_jobs && <Typed name="created_by" label="By user" />}
      <div class="pair">
        <Typed name="created_after" label="From" type="date" />
        <Typed name="created_before" label="To" type="date" />
      </div>
      {isAny && (
        <Button icon="close" onClick={() => ask(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
          Clear
        </Button>
      )}
    </form>
  );
}

interface FilterProps {
  name: (typeof FILTERS)[number];
  label: string;
}

function Choice({ name, label, options }: FilterProps & { options: { value: string; text: string }[] }) {
  return (
    <SelectField
      label={label}
      value={address.value.query[name] ?? ""}
      options={options}
      onChange={(value) => ask({ [name]: value })}
    />
  );
}

function Typed({ name, label, type = "text" }: FilterProps & { type?: "text" | "date" }) {
  const asked = address.value.query[name] ?? "";
  const text = useSignal(asked);
  useEffect(() => {
    text.value = asked;
  }, [asked]);
  useEffect(() => {
    if (text.value === asked) return;
    const timer = setTimeout(() => ask({ [name]: text.value }), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text.value]);
  return <TextField label={label} type={type} value={text} />;
}

/** What the address asks for, as the API wants it: days of the reader become moments. */
function toQuery(asked: Record<string, string>): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of ["status", "kind", "created_by"]) if (asked[name]) query[name] = asked[name];
  if (asked["application"]) query["find"] = asked["application"];
  if (asked["in"]) query["database"] = asked["in"];
  if (asked["created_after"]) query["created_after"] = startOf(asked["created_after"], 0);
  if (asked["created_before"]) query["created_before"] = startOf(asked["created_before"], 1);
  return query;
}

function startOf(day: string, later: number): string {
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return day;
  date.setDate(date.getDate() + later);
  return date.toISOString();
}

function fits(job: Job, query: Record<string, string>): boolean {
  const names = [
    job.request.name,
    job.request.archive_name,
    ...(job.summary.applications ?? []).map((each) => each.name),
  ];
  const wanted = [...names, ...(job.request.applications ?? []).map((each) => each.name)];
  return (
    (!query["status"] || query["status"].split(",").includes(job.status)) &&
    (!query["kind"] || query["kind"].split(",").includes(job.kind)) &&
    (!query["database"] || query["database"] === job.database) &&
    (!query["created_by"] || query["created_by"] === job.created_by) &&
    (!query["find"] || wanted.some((name) => name?.toLowerCase().includes(query["find"]?.toLowerCase() ?? ""))) &&
    (!query["created_after"] || job.created >= query["created_after"]) &&
    (!query["created_before"] || job.created < query["created_before"])
  );
}
