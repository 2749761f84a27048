/** Exports and copies by the clock: what comes when, and what became of the last times. */

import { useSignal } from "@preact/signals";
import { changeSchedule, deleteSchedule, listSchedules, runSchedule } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Schedule } from "../api/wire.ts";
import { useLoad } from "../lib/loading.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { ScheduleDialog } from "../parts/schedule_dialog.tsx";
import { RunsDialog, RunView } from "../parts/schedule_runs.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { tell } from "../state/notices.ts";
import { may } from "../state/session.ts";

type Open = { what: "new" } | { what: "edit" | "runs" | "delete"; schedule: Schedule };

export function Schedules() {
  const loaded = useLoad(listSchedules());
  const open = useSignal<Open | null>(null);
  const close = () => {
    open.value = null;
    loaded.reload(); // a change that was refused met a newer one
  };
  const now = open.value;
  return (
    <>
      <PageHead title="Schedules" lead="Exports and copies by the clock.">
        {may.value.may_administer && (
          <Button icon="plus" kind="primary" onClick={() => (open.value = { what: "new" })}>
            New schedule
          </Button>
        )}
      </PageHead>
      <Ready loaded={loaded}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <Empty icon="clock" title="No schedules yet" />
          ) : (
            <div class="card list">
              <Table
                columns={COLUMNS}
                rows={schedules}
                keyOf={({ id }) => id}
                actions={(schedule) => (
                  <Actions schedule={schedule} onOpen={(what) => (open.value = what)} onDone={loaded.reload} />
                )}
              />
            </div>
          )
        }
      </Ready>
      <Curl calls={listSchedules()} />
      {now?.what === "new" && <ScheduleDialog schedule={null} onClose={close} />}
      {now?.what === "edit" && <ScheduleDialog schedule={now.schedule} onClose={close} />}
      {now?.what === "runs" && <RunsDialog schedule={now.schedule} onClose={close} />}
      {now?.what === "delete" && (
        <ActionDialog
          title={`Delete ${now.schedule.name}?`}
          submit="Delete"
          call={deleteSchedule(now.schedule)}
          onDone={close}
          onClose={close}
          isDangerous
        >
          <p>Its jobs and archives stay.</p>
        </ActionDialog>
      )}
    </>
  );
}

const COLUMNS: Column<Schedule>[] = [
  { name: "Schedule", show: ({ name }) => name },
  { name: "Does", show: ({ work }) => <Badge tone="quiet">{work}</Badge> },
  {
    name: "When",
    show: ({ cron, time_zone }) => (
      <>
        <code>{cron}</code> {time_zone}
      </>
    ),
  },
  { name: "Next run", show: ({ enabled, next_run }) => (enabled ? <Moment time={next_run} none="never" /> : "off") },
  { name: "Last run", show: ({ last_run }) => (last_run ? <RunView run={last_run} /> : "–") },
  { name: "Owner", show: ({ owner }) => owner },
];

interface ActionsProps {
  schedule: Schedule;
  onOpen: (open: Open) => void;
  onDone: () => void;
}

function Actions({ schedule, onOpen, onDone }: ActionsProps) {
  const act = async (what: () => Promise<unknown>, told: string) => {
    try {
      await what();
      tell(told);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), "bad");
    }
    onDone();
  };
  const { name, enabled } = schedule;
  const turn = () => void act(() => send(changeSchedule(schedule, { enabled: !enabled })), enabled ? "Off." : "On.");
  return (
    <>
      <Button onClick={() => onOpen({ what: "runs", schedule })}>History</Button>
      {may.value.may_administer && (
        <>
          <Button
            icon="play"
            label={`Run ${name} now`}
            onClick={() => void act(() => send(runSchedule(schedule.id)), "The job is accepted.")}
          />
          <Button label={`Switch ${name} ${enabled ? "off" : "on"}`} onClick={turn}>
            {enabled ? "Off" : "On"}
          </Button>
          <Button label={`Change ${name}`} onClick={() => onOpen({ what: "edit", schedule })}>
            Change
          </Button>
          <Button
            icon="trash"
            kind="quiet"
            label={`Delete ${name}`}
            onClick={() => onOpen({ what: "delete", schedule })}
          />
        </>
      )}
    </>
  );
}
