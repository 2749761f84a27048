/** The archives that the reader brings in: they go on while other pages are looked at. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { createImport, inspectArchive } from "../api/calls.ts";
import { type ApiError, asApiError, send } from "../api/client.ts";
import { inspect } from "../api/inspecting.ts";
import { type Upload, upload } from "../api/uploads.ts";
import type { ConflictAction, ForeignNames, ImportBody, Inspection, LabelWishes } from "../api/wire.ts";
import { chosenTenant, database, tenant } from "./session.ts";

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

export const FOREIGN_NAMES = ["label_from", "type_from", "id_property", "parent_property"] as const;

export interface Item {
  id: number;
  /** Whose folder the archive is in, or goes to. */
  tenant: string | null;
  /** Null: the archive was in the tenant's folder already. */
  file: File | null;
  /** In the tenant's folder; until the upload is done, the file's own. */
  archive: string;
  /** Whether it is there. */
  isStored: boolean;
  stage: Stage;
  sent: number;
  /** The target that the last check was about; null: none was begun. */
  checkedFor: string | null;
  inspection: Inspection | null;
  names: ForeignNames;
  labels: LabelWishes;
  choices: Choice[];
  error: ApiError | null;
  jobId: string | null;
  trialId: string | null;
}

const items = signal<Item[]>([]);

/** Those of the tenant that is shown: the others wait until theirs is shown again. */
export const ownItems = computed(() => items.value.filter((each) => each.tenant === tenant.value));

/** Where an import would go now, as far as the answer of a check depends on it. */
const target = computed(() => JSON.stringify([chosenTenant.value ?? null, tenant.value, database.value]));

/** What the same file would meet again: not a good name, not allowed, too large, not an archive. */
const REFUSALS = new Set([400, 403, 413, 422]);

const uploads = new Map<number, Upload>();
const checks = new Map<number, AbortController>();
let last = 0;

export function addFiles(files: File[]): void {
  for (const file of files) add(file.name, file, "queued");
  void uploadNext();
}

export function addArchive(name: string): void {
  const isThere = ownItems.peek().some((each) => each.archive === name && each.stage !== "submitted");
  if (!isThere) void check(add(name, null, "checking"));
}

function add(archive: string, file: File | null, stage: Stage): number {
  const id = ++last;
  const made: Item = {
    id,
    tenant: tenant.peek(),
    file,
    archive,
    isStored: file === null,
    stage,
    sent: 0,
    checkedFor: null,
    inspection: null,
    names: {},
    labels: {},
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
  checks.get(id)?.abort();
  checks.delete(id);
  items.value = items.value.filter((each) => each.id !== id);
}

/** Upload one file after another, so that the first is there soonest. */
async function uploadNext(): Promise<void> {
  if (items.peek().some((each) => each.stage === "uploading")) return;
  const item = ownItems.peek().find((each) => each.stage === "queued");
  if (item?.file == null) return;
  await sendFile(item, item.file);
  await uploadNext();
}

async function sendFile(item: Item, file: File): Promise<void> {
  change(item.id, { stage: "uploading", error: null });
  const going = upload(file, (sent) => change(item.id, { sent }));
  uploads.set(item.id, going);
  try {
    const archive = await going.done;
    change(item.id, { archive, isStored: true, sent: file.size });
    void check(item.id);
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

export function restartUpload(id: number): void {
  change(id, { stage: "queued", error: null });
  void uploadNext();
}

/** Let the check before go, whose answer nobody waits for any more. */
function begin(id: number): AbortController {
  checks.get(id)?.abort();
  const stop = new AbortController();
  checks.set(id, stop);
  return stop;
}

/** Ask what an import into the chosen database would meet. */
export async function check(id: number): Promise<void> {
  const item = find(id);
  if (item === undefined) return;
  change(id, { stage: "checking", error: null, checkedFor: null });
  const stop = begin(id);
  const place = database.peek();
  if (place === null || item.tenant !== tenant.peek()) return; // until its tenant is shown again
  const asked = target.peek();
  change(id, { checkedFor: asked });
  try {
    const inspection = await inspect(inspectArchive(item.archive, place, item.names, item.labels), stop.signal);
    settle(id, asked, { stage: "ready", inspection, choices: choose(inspection, item.choices), trialId: null });
  } catch (error) {
    if (!stop.signal.aborted) settle(id, asked, { stage: "refused", error: asApiError(error) });
  }
}

/** Check again, with other wishes. */
export function recheck(id: number, wishes: Partial<Pick<Item, "names" | "labels">>): void {
  change(id, wishes);
  void check(id);
}

/** An answer counts only where it is waited for still: not where another target was chosen since. */
function settle(id: number, asked: string, found: Partial<Item>): void {
  const item = find(id);
  if (item?.stage === "checking" && item.checkedFor === asked) change(id, found);
}

/** What was inspected, or is being inspected, for another target is inspected anew; uploads of the tenant go on. */
function follow(now: string): void {
  if (database.peek() === null) return;
  for (const { id, stage, checkedFor } of ownItems.peek()) {
    const isJudged = stage === "checking" || (checkedFor !== null && stage !== "submitted");
    if (isJudged && checkedFor !== now) void check(id);
  }
  void uploadNext();
}

effect(() => {
  const now = target.value;
  untracked(() => follow(now));
});

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
    ...item.names,
    ...item.labels,
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
  const meant = target.peek();
  let before: string | null = null;
  for (const item of ownItems.peek().filter(isReady)) {
    if (target.peek() !== meant) return;
    const more: Partial<ImportBody> = isChained && before !== null ? { depends_on: [before] } : {};
    const job: string | null = await submit(item.id, database, more);
    if (job === null && isChained) return;
    before = job ?? before;
  }
}
