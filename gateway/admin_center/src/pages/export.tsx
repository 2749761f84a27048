/** Applications go out: chosen, with options, into an archive to download. */

import { type Signal, useSignal } from "@preact/signals";
import { createExport, listApplications } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Application, ExportBody } from "../api/wire.ts";
import { useActing } from "../lib/acting.ts";
import { plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { CheckField, SelectField, TextField } from "../parts/fields.tsx";
import { JobOutcome } from "../parts/job_outcome.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, ErrorBox, Ready } from "../parts/states.tsx";
import { address, ask } from "../state/address.ts";
import { exported } from "../state/exports.ts";
import { database, me } from "../state/session.ts";
import { NoDatabase } from "./applications.tsx";

export function Export() {
  const place = database.value;
  if (place === null) return <NoDatabase />;
  return (
    <>
      <PageHead title="Export" lead="Write applications of a database into one archive." />
      <From key={place} place={place} />
    </>
  );
}

function From({ place }: { place: string }) {
  const loaded = useLoad(listApplications(place));
  return (
    <Ready loaded={loaded}>
      {({ applications }) =>
        applications.length === 0 ? (
          <Empty icon="applications" title="Nothing to export">
            <p class="muted">Database {place} holds no application that you may see.</p>
          </Empty>
        ) : (
          <Form place={place} applications={applications} />
        )
      }
    </Ready>
  );
}

interface Options {
  filter: Signal<"migrate" | "onpremises">;
  fileName: Signal<string>;
  stripsSecured: Signal<boolean>;
  batchSize: Signal<string>;
}

function Form({ place, applications }: { place: string; applications: Application[] }) {
  const chosen = useSignal<ReadonlySet<string>>(preselect(applications, address.value.query["application"]));
  const options: Options = {
    filter: useSignal("migrate"),
    fileName: useSignal(""),
    stripsSecured: useSignal(false),
    batchSize: useSignal(""),
  };
  const acting = useActing();
  const call = createExport(bodyOf(place, applications, chosen.value, options));
  const submit = (event: Event) => {
    event.preventDefault();
    void acting.run(async () => {
      const job = await send(call);
      exported.value = [job.id, ...exported.value];
    });
  };
  return (
    <>
      <form class="card stacked" onSubmit={submit}>
        <SelectField
          label="From database"
          value={place}
          options={(me.value?.databases ?? []).map((value) => ({ value, text: value }))}
          onChange={(value) => ask({ database: value })}
        />
        <Picker applications={applications} chosen={chosen} />
        <OptionFields options={options} />
        <ErrorBox error={acting.error.value} />
        <div class="actions">
          <Button
            type="submit"
            kind="primary"
            icon="export"
            busy={acting.busy.value}
            disabled={chosen.value.size === 0}
          >
            Export {chosen.value.size > 0 ? plural(chosen.value.size, "application") : ""}
          </Button>
        </div>
        <Curl calls={call} />
      </form>
      <ul class="plain imports" aria-label="Exports of this session">
        {exported.value.map((id) => (
          <li key={id}>
            <article class="card" aria-label="Export">
              <JobOutcome id={id} />
            </article>
          </li>
        ))}
      </ul>
    </>
  );
}

function keyOf(application: Application): string {
  return `${application.name}\n${application.version}`;
}

function preselect(applications: Application[], name: string | undefined): ReadonlySet<string> {
  return new Set(applications.filter((each) => each.name === name).map(keyOf));
}

function bodyOf(place: string, all: Application[], chosen: ReadonlySet<string>, options: Options): ExportBody {
  const { filter, fileName, stripsSecured, batchSize } = options;
  return {
    database: place,
    applications: all.filter((each) => chosen.has(keyOf(each))).map(({ name, version }) => ({ name, version })),
    ...(filter.value === "migrate" ? {} : { file_filter: filter.value }),
    ...(fileName.value.trim() === "" ? {} : { file_name: fileName.value.trim() }),
    ...(stripsSecured.value ? { strip_secured: true } : {}),
    ...(batchSize.value === "" ? {} : { batch_size: Number(batchSize.value) }),
  };
}

function Picker({ applications, chosen }: { applications: Application[]; chosen: Signal<ReadonlySet<string>> }) {
  const wanted = useSignal("");
  const shown = applications.filter((each) => each.name.toLowerCase().includes(wanted.value.trim().toLowerCase()));
  const pick = (keys: string[], isChecked: boolean) => {
    const next = new Set(chosen.value);
    for (const key of keys) {
      if (isChecked) next.add(key);
      else next.delete(key);
    }
    chosen.value = next;
  };
  const all = shown.map(keyOf);
  return (
    <fieldset class="field picker">
      <legend>Applications</legend>
      {applications.length > 8 && (
        <TextField label="Find" isLabelHidden type="search" placeholder="Find" value={wanted} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <div class="picks" tabindex={0} role="group" aria-label="Applications">
        {shown.length > 1 && (
          <CheckField
            isChecked={all.every((key) => chosen.value.has(key))}
            onChange={(isChecked) => pick(all, isChecked)}
          >
            <em>All of them</em>
          </CheckField>
        )}
        {shown.map((each) => (
          <CheckField
            key={keyOf(each)}
            isChecked={chosen.value.has(keyOf(each))}
            onChange={(isChecked) => pick([keyOf(each)], isChecked)}
          >
            {each.name} <span class="fine">{each.version}</span>
          </CheckField>
        ))}
      </div>
    </fieldset>
  );
}

function OptionFields({ options }: { options: Options }) {
  const { filter, fileName, stripsSecured, batchSize } = options;
  return (
    <>
      <div class="side-by-side">
        <SelectField
          label="Form"
          value={filter.value}
          options={[
            { value: "migrate", text: "Archive for import" },
            { value: "onpremises", text: "CSV for the server's offline bulk importer" },
          ]}
          onChange={(value) => {
            filter.value = value as "migrate" | "onpremises";
          }}
        />
        <TextField label="File name" value={fileName} placeholder="chosen for you" />
        <TextField label="Batch size" type="number" value={batchSize} placeholder="1000" />
      </div>
      <CheckField
        isChecked={stripsSecured.value}
        onChange={(isChecked) => {
          stripsSecured.value = isChecked;
        }}
      >
        Leave out secured properties (passwords, tokens and what the application names)
      </CheckField>
    </>
  );
}
