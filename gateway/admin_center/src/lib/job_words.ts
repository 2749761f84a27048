/** How a job is called. */

import type { Job } from "../api/wire.ts";
import { plural } from "./format.ts";

export function subjectOf(job: Job): string {
  const request = job.request;
  if (request.name) return request.name;
  const done = (job.summary.applications ?? []).map((each) => each.name);
  const wanted = (request.applications ?? request.choices ?? []).map((each) => each.name);
  const { others = 0 } = job.summary;
  const hidden = others > 0 ? [plural(others, "hidden application")] : [];
  const names = [...new Set(done.length > 0 ? done : wanted), ...hidden];
  if (names.length > 0) return names.join(", ");
  return request.import_as ?? request.archive_name ?? "";
}

export function titleOf(job: Job): string {
  const verbs = {
    export: "Export",
    import: job.request.dry_run ? "Dry run" : "Import",
    copy: "Copy",
    delete: "Delete",
    undo: "Undo",
    inspect: "Inspect",
  };
  return `${verbs[job.kind] ?? job.kind} ${subjectOf(job)}`.trim();
}

export const STATUS_WORDS: Record<Job["status"], string> = {
  created: "Waiting",
  in_progress: "Running",
  closed: "Done",
  closed_by_timeout: "Timed out",
  failed: "Failed",
  cancelled: "Cancelled",
};

export function secondsOf(job: Job, now: number): number | null {
  if (job.started === null) return null;
  return ((job.ended === null ? now : Date.parse(job.ended)) - Date.parse(job.started)) / 1000;
}
