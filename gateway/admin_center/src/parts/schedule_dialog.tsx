/** Makes a schedule, or changes when it comes and what is kept; the next times stand beside the line of cron. */

import { type Signal, useSignal } from "@preact/signals";
import { changeSchedule, createSchedule, listApplications, listTimes } from "../api/calls.ts";
import type { Schedule, ScheduleBody } from "../api/wire.ts";
import { formatMoment } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { groupVersions } from "../lib/versions.ts";
import { tell } from "../state/notices.ts";
import { database, me } from "../state/session.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { CheckList, SelectField, TextField } from "./fields.tsx";
import { Ready } from "./states.tsx";

const RULES = [
  ["keep_last", "Keep the last archives"],
  ["keep_daily", "Keep one of each of so many days"],
  ["keep_weekly", "… of weeks"],
  ["keep_monthly", "… of months"],
] as const;

export function ScheduleDialog({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const name = useSignal(schedule?.name ?? "");
  const cron = useSignal(schedule?.cron ?? "30 2 * * *");
  const zone = useSignal(schedule?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const overlap = useSignal<Schedule["overlap"]>(schedule?.overlap ?? "skip");
  const work = useWork(schedule);
  const kept = {
    keep_last: useSignal(String(schedule?.retention.keep_last ?? 0)),
    keep_daily: useSignal(String(schedule?.retention.keep_daily ?? 0)),
    keep_weekly: useSignal(String(schedule?.retention.keep_weekly ?? 0)),
    keep_monthly: useSignal(String(schedule?.retention.keep_monthly ?? 0)),
  };
  const retention = Object.fromEntries(RULES.map(([rule]) => [rule, Number(kept[rule].value)]));
  const facts = {
    name: name.value.trim(),
    cron: cron.value.trim(),
    time_zone: zone.value.trim(),
    overlap: overlap.value,
    ...(work.kind.value === "export" ? { retention } : {}),
  };
  return (
    <ActionDialog
      title={schedule === null ? "New schedule" : `Change ${schedule.name}`}
      submit={schedule === null ? "Create" : "Save"}
      call={schedule === null ? createSchedule({ ...facts, ...work.body() }) : changeSchedule(schedule, facts)}
      isReady={facts.name !== "" && (schedule !== null || work.chosen.value.size > 0)}
      onDone={() => {
        tell(schedule === null ? `Schedule ${facts.name} is there.` : "Saved.");
        onClose();
      }}
      onClose={onClose}
    >
      <TextField label="Name" value={name} isRequired />
      {schedule === null && <WorkFields work={work} />}
      <div class="side-by-side">
        <TextField label="Cron line" value={cron} isRequired hint="minute, hour, day, month, day of week; or @daily" />
        <TextField label="Time zone" value={zone} isRequired hint="as Europe/Berlin" />
      </div>
      <Times cron={facts.cron} zone={facts.time_zone} />
      <SelectField
        label="While the last job has not ended"
        value={overlap.value}
        options={[
          { value: "skip", text: "Skip the time" },
          { value: "queue", text: "Let the job wait" },
        ]}
        onChange={(value) => {
          overlap.value = value as Schedule["overlap"];
        }}
      />
      {work.kind.value === "export" && (
        <div class="side-by-side">
          {RULES.map(([rule, label]) => (
            <TextField key={rule} label={label} type="number" value={kept[rule]} />
          ))}
        </div>
      )}
    </ActionDialog>
  );
}

interface Work {
  kind: Signal<Schedule["work"]>;
  from: Signal<string>;
  to: Signal<string>;
  chosen: Signal<ReadonlySet<string>>;
  body: () => Pick<ScheduleBody, "export" | "copy">;
}

function useWork(schedule: Schedule | null): Work {
  const kind = useSignal<Schedule["work"]>(schedule?.work ?? "export");
  const from = useSignal(database.value ?? "");
  const to = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const body = () => {
    const applications = [...chosen.value].map((each) => ({ name: each }));
    return kind.value === "export"
      ? { export: { database: from.value, applications } }
      : {
          copy: { from_database: from.value, to_database: to.value, applications, on_conflict: "overwrite" as const },
        };
  };
  return { kind, from, to, chosen, body };
}

function WorkFields({ work }: { work: Work }) {
  const { kind, from, to, chosen } = work;
  const loaded = useLoad(from.value === "" ? null : listApplications(from.value));
  const databases = (me.value?.databases ?? []).map((value) => ({ value, text: value }));
  return (
    <>
      <div class="side-by-side">
        <SelectField
          label="What to do"
          value={kind.value}
          options={[
            { value: "export", text: "Export into an archive" },
            { value: "copy", text: "Copy, replacing what is there" },
          ]}
          onChange={(value) => {
            kind.value = value as Schedule["work"];
          }}
        />
        <SelectField
          label="Database"
          value={from.value}
          options={databases}
          onChange={(value) => {
            from.value = value;
            chosen.value = new Set();
          }}
        />
        {kind.value === "copy" && (
          <SelectField
            label="Target database"
            value={to.value}
            options={[{ value: "", text: "–" }, ...databases]}
            onChange={(value) => {
              to.value = value;
            }}
          />
        )}
      </div>
      <Ready loaded={loaded}>
        {({ applications }) => (
          <CheckList
            legend="Applications, in their newest versions"
            options={groupVersions(applications).map((each) => ({ value: each.name, text: each.name }))}
            chosen={chosen}
          />
        )}
      </Ready>
    </>
  );
}

function Times({ cron, zone }: { cron: string; zone: string }) {
  const loaded = useLoad(cron === "" || zone === "" ? null : listTimes(cron, zone));
  if (loaded.error) return <p class="fine bad">{loaded.error.message}</p>;
  return (
    <p class="fine" aria-live="polite">
      Next: {loaded.value?.times.map(formatMoment).join(" · ") ?? "…"}
    </p>
  );
}
