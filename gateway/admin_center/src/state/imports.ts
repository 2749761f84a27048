/** The archives that the reader brings in: they go on while other pages are looked at. */

import { signal } from "@preact/signals";
import { createImport, inspectArchive } from "../api/calls.ts";
import { type ApiError, send } from "../api/client.ts";
import { type Upload, upload } from "../api/uploads.ts";
import type { ConflictAction, ImportBody, Inspection } from "../api/wire.ts";
import { asApiError } from "../lib/loading.ts";

/** queued → uploading → checking → ready → submitted; stopped and refused are where it can get stuck. */
export type Stage = "queued" | "uploading" | "stopped" | "checking" | "ready" | "refused" | "submitted";

export interface Choice {
  name: string;
  version: string;
  isWanted: boolean;
  importAs: string;
  action: ConflictAction;
  suffix: string;
}

export interface Item {
  id: number;
  /** Null: the archive was in the tenant's folder already. */
  file: File | null;
  /** In the tenant's folder; until the upload is done, the file's own. */
  archive: string;
  /** Whether it is there. */
  isStored: boolean;
  stage: Stage;
  sent: number;
  inspection: Inspection | null;
  choices: Choice[];
  error: ApiError | null;
  jobId: string | null;
  trialId: string | null;
}

export const items = signal<Item[]>([]);

/** What the same file would meet again: not a good name, not allowed, too large, not an archive. */
const REFUSALS = new Set([400, 403, 413, 422]);

const uploads = new Map<number, Upload>();
let last = 0;

export function addFiles(files: File[], database: string): void {
  for (const file of files) add(file.name, file, "queued");
  void uploadNext(database);
}

export function addArchive(name: string, database: string): void {
  const isThere = items.peek().some((each) => each.archive === name && each.stage !== "submitted");
  if (!isThere) void check(add(name, null, "checking"), database);
}

function add(archive: string, file: File | null, stage: Stage): number {
  const id = ++last;
  const made: Item = {
    id,
    file,
    archive,
    isStored: file === null,
    stage,
    sent: 0,
    inspection: null,
    choices: [],
    error: null,
    jobId: null,
    trialId: null,
  };
  items.value = [...items.value, made];
  return id;
}

export function change(id: number, part: Partial<Item>): void {
  items.value = items.value.map((each) => (each.id === id ? { ...each, ...part } : each));
}

export function changeChoice(id: number, index: number, part: Partial<Choice>): void {
  const item = find(id);
  if (item === undefined) return;
  change(id, { choices: item.choices.map((each, number) => (number === index ? { ...each, ...part } : each)) });
}

function find(id: number): Item | undefined {
  return items.peek().find((each) => each.id === id);
}

export function discard(id: number): void {
  uploads.get(id)?.stop();
  items.value = items.value.filter((each) => each.id !== id);
}

/** Upload one file after another, so that the first is there soonest. */
async function uploadNext(database: string): Promise<void> {
  if (items.peek().some((each) => each.stage === "uploading")) return;
  const item = items.peek().find((each) => each.stage === "queued");
  if (item?.file == null) return;
  await sendFile(item, item.file, database);
  await uploadNext(database);
}

async function sendFile(item: Item, file: File, database: string): Promise<void> {
  change(item.id, { stage: "uploading", error: null });
  const going = upload(file, (sent) => change(item.id, { sent }));
  uploads.set(item.id, going);
  try {
    const archive = await going.done;
    change(item.id, { archive, isStored: true, sent: file.size });
    void check(item.id, database);
  } catch (error) {
    const failure = asApiError(error);
    const stage = REFUSALS.has(failure.status) ? "refused" : "stopped";
    change(item.id, { stage, error: failure.code === "STOPPED" ? null : failure });
  } finally {
    uploads.delete(item.id);
  }
}

export function stopUpload(id: number): void {
  uploads.get(id)?.stop();
}

export function restartUpload(id: number, database: string): void {
  change(id, { stage: "queued", error: null });
  void uploadNext(database);
}

/** Ask what an import into the database would meet. */
export async function check(id: number, database: string): Promise<void> {
  const item = find(id);
  if (item === undefined) return;
  change(id, { stage: "checking", error: null });
  try {
    const inspection = await send(inspectArchive(item.archive, database));
    change(id, { stage: "ready", inspection, choices: choose(inspection, item.choices), trialId: null });
  } catch (error) {
    change(id, { stage: "refused", error: asApiError(error) });
  }
}

/** Those that wait for a decision are judged anew where another database is meant. */
export function recheck(database: string): void {
  for (const item of items.peek()) {
    const isStale = item.inspection !== null && item.inspection.database !== database;
    if (item.stage === "ready" && isStale) void check(item.id, database);
  }
}

function choose(inspection: Inspection, before: Choice[]): Choice[] {
  return inspection.applications.map(({ name, version }) => {
    const known = before.find((each) => each.name === name && each.version === version);
    return known ?? { name, version, isWanted: true, importAs: name, action: "fail", suffix: "copy" };
  });
}

export function bodyOf(item: Item, database: string, more: Partial<ImportBody> = {}): ImportBody {
  const wanted = item.choices.filter((each) => each.isWanted);
  return {
    database,
    archive: item.archive,
    applications: wanted.map(({ name, version, importAs, action, suffix }) => ({
      name,
      ...(isSeveral(item, name) ? { version } : {}),
      ...(importAs.trim() === "" || importAs.trim() === name ? {} : { import_as: importAs.trim() }),
      ...(action === "fail" ? {} : { on_conflict: action }),
      ...(action === "rename" ? { suffix } : {}),
    })),
    ...more,
  };
}

function isSeveral(item: Item, name: string): boolean {
  return item.choices.filter((each) => each.name === name).length > 1;
}

export function isReady(item: Item): boolean {
  return item.stage === "ready" && item.choices.some((each) => each.isWanted);
}

export async function submit(id: number, database: string, more: Partial<ImportBody> = {}): Promise<string | null> {
  const item = find(id);
  if (item === undefined) return null;
  try {
    const job = await send(createImport(bodyOf(item, database, more)));
    change(id, more.dry_run ? { trialId: job.id, error: null } : { stage: "submitted", jobId: job.id, error: null });
    return job.id;
  } catch (error) {
    change(id, { error: asApiError(error) });
    return null;
  }
}

/** Submit all that are ready, in their order; where asked for, each waits for the success of the one before. */
export async function submitAll(database: string, isChained: boolean): Promise<void> {
  let before: string | null = null;
  for (const item of items.peek().filter(isReady)) {
    const more: Partial<ImportBody> = isChained && before !== null ? { depends_on: [before] } : {};
    const job: string | null = await submit(item.id, database, more);
    if (job === null && isChained) return;
    before = job ?? before;
  }
}
