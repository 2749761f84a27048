/** The archives that the reader brings in: they go on while other pages are looked at. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { createImport, inspectArchive } from "../api/calls.ts";
import { ApiError, asApiError, send } from "../api/client.ts";
import { credential } from "../api/credential.ts";
import { inspect } from "../api/inspecting.ts";
import { Lanes } from "../api/lanes.ts";
import { goOn, isPassing, persevere } from "../api/network.ts";
import { upload } from "../api/uploads.ts";
import { note } from "../api/watching.ts";
import type { ConflictAction, ForeignNames, ImportBody, Inspection, Job, LabelWishes } from "../api/wire.ts";
import { keep, recall } from "./import_memory.ts";
import { chosenTenant, database, me, tenant } from "./session.ts";

/**
 * queued → uploading → checking → ready → submitted; stopped and refused are where it can get stuck. An upload
 * that is stopped because the gateway cannot be reached goes on by itself.
 */
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
  /** Who brought it in. */
  user: string | null;
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
  /** Whether its check is a job of its own, which waits for its turn. */
  isLong: boolean;
  inspection: Inspection | null;
  names: ForeignNames;
  labels: LabelWishes;
  choices: Choice[];
  error: ApiError | null;
  jobId: string | null;
  trialId: string | null;
  /** Whether its job has ended. */
  isOver: boolean;
  /** That it is to be submitted as soon as it can be, without another click. */
  meant: Meant | null;
}

/** What was confirmed together: it is submitted in the order of the list. */
export interface Meant {
  batch: number;
  /** Whether each waits for the success of the one before. */
  isChained: boolean;
  /** Where it was to go when it was confirmed. */
  target: string;
}

export const items = signal<Item[]>(recall());

/** Those of the tenant that is shown, and of the reader: the others wait until theirs is shown again. */
export const ownItems = computed(() => items.value.filter(isOwn));

function isOwn(item: Item): boolean {
  return me.value !== null && item.tenant === tenant.value && item.user === me.value.user;
}

/** Where an import would go now, as far as the answer of a check depends on it. */
const target = computed(() => JSON.stringify([chosenTenant.value ?? null, tenant.value, database.value]));

/** What the same file would meet again: not a good name, not allowed, too large, not an archive. */
const REFUSALS = new Set([400, 403, 413, 422]);

const lanes = new Lanes("graphferry-upload", 2);
/** Uploads under way, or in line. */
const uploads = new Map<number, AbortController>();
const checks = new Map<number, AbortController>();
/** Jobs that the reader took off the list. */
const dismissed = new Set<string>();
/** Archives of which a job is being made. */
const submitting = new Set<string>();
let last = items.peek().length;
let lastBatch = 0;
let isSubmitting = false;

/** Why an upload ends that is begun again later. */
const LATER = new ApiError("Later.", 0, "LATER");
const STOPPED = new ApiError("Stopped.", 0, "STOPPED");

/** Take files in; where they are meant, each is submitted once it is checked. */
export function addFiles(files: File[], isMeant = false, isChained = false): void {
  const ids = files.map((file) => add(file.name, file, "queued"));
  if (isMeant) mean(ids, isChained);
  uploadNext();
}

/** Say of archives that they shall be imported as soon as they can be. */
export function mean(ids: number[], isChained: boolean): void {
  const meant: Meant = { batch: ++lastBatch, isChained, target: target.peek() };
  for (const id of ids) change(id, { meant, error: null });
}

/** Show an import that was submitted elsewhere: in another tab, before a reload, by another client. */
export function addJob(job: Job): void {
  const archive = job.request.archive_name ?? "";
  if (submitting.has(archive) || dismissed.has(job.id)) return;
  if (items.peek().some((each) => each.jobId === job.id || each.trialId === job.id)) return;
  change(add(archive, null, "submitted"), { jobId: job.id });
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
    user: me.peek()?.user ?? null,
    file,
    archive,
    isStored: file === null,
    stage,
    sent: 0,
    checkedFor: null,
    isLong: false,
    inspection: null,
    names: {},
    labels: {},
    choices: [],
    error: null,
    jobId: null,
    trialId: null,
    isOver: false,
    meant: null,
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
  const jobId = find(id)?.jobId ?? null;
  if (jobId !== null) dismissed.add(jobId);
  uploads.get(id)?.abort(STOPPED);
  checks.get(id)?.abort();
  checks.delete(id);
  items.value = items.value.filter((each) => each.id !== id);
}

/** Upload in the order of the list, so that the first is there soonest. */
function uploadNext(): void {
  for (const { id, stage } of ownItems.peek()) {
    if (stage === "queued" && !uploads.has(id)) void bring(id);
  }
}

async function bring(id: number): Promise<void> {
  const stop = new AbortController();
  uploads.set(id, stop);
  try {
    await lanes.run(() => sendFile(id, stop.signal), stop.signal);
  } catch (error) {
    change(id, stuck(stop.signal.aborted ? stop.signal.reason : error));
  }
  uploads.delete(id);
  uploadNext();
}

async function sendFile(id: number, signal: AbortSignal): Promise<void> {
  const item = find(id);
  if (item?.file == null) return;
  const { file } = item;
  const attempt = async () => {
    if (!isOwn(item)) throw LATER; // what it would show the gateway is another's
    change(id, { stage: "uploading", error: null });
    return await upload(file, item.tenant, (sent) => change(id, { sent }), signal);
  };
  const archive = await persevere(attempt, (error) => change(id, { stage: "stopped", error }), signal);
  change(id, { archive, isStored: true, sent: file.size });
  void check(id);
}

function stuck(error: unknown): Partial<Item> {
  if (error === LATER) return { stage: "queued", error: null };
  if (error === STOPPED) return { stage: "stopped", error: null };
  const failure = asApiError(error);
  const isFinal = REFUSALS.has(failure.status) || failure.code === "FILE_UNREADABLE";
  return { stage: isFinal ? "refused" : "stopped", error: failure };
}

export function stopUpload(id: number): void {
  uploads.get(id)?.abort(STOPPED);
}

export function restartUpload(id: number): void {
  if (uploads.has(id)) {
    goOn();
    return;
  }
  change(id, { stage: "queued", error: null });
  uploadNext();
}

/** Nothing goes on for whoever has signed out. */
effect(() => {
  if (credential.value === null) for (const stop of uploads.values()) stop.abort(LATER);
});

effect(() => keep(credential.value === null ? [] : items.value));

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
  change(id, { stage: "checking", error: null, checkedFor: null, isLong: false });
  const stop = begin(id);
  const place = database.peek();
  if (place === null || item.tenant !== tenant.peek()) return; // until its tenant is shown again
  const asked = target.peek();
  change(id, { checkedFor: asked });
  try {
    const call = inspectArchive(item.archive, place, item.names, item.labels);
    const trouble = (error: ApiError) => settle(id, asked, { error });
    const ask = () => inspect(call, stop.signal, () => settle(id, asked, { isLong: true }));
    const inspection = await persevere(ask, trouble, stop.signal);
    const choices = choose(inspection, item.choices);
    settle(id, asked, { stage: "ready", inspection, choices, trialId: null, error: null });
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
  for (const item of items.peek()) if (item.stage === "checking" && !isOwn(item)) suspend(item.id);
  if (database.peek() === null) return;
  for (const { id, stage, checkedFor } of ownItems.peek()) {
    const isJudged = stage === "checking" || (checkedFor !== null && stage !== "submitted");
    if (isJudged && checkedFor !== now) void check(id);
  }
  uploadNext();
}

/** Let a check go that would go on for another tenant: it begins anew when its own is shown again. */
function suspend(id: number): void {
  checks.get(id)?.abort();
  change(id, { checkedFor: null });
}

effect(() => {
  const now = target.value;
  void me.value;
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

/** Whether something is there already, or would be refused, and the reader has not said what is to become of it. */
export function needsDecision({ choices, inspection }: Item): boolean {
  return choices
    .filter((each) => each.isWanted && each.action === "fail" && ["", each.name].includes(each.importAs.trim()))
    .some(({ name, version }) =>
      inspection?.conflicts.some(
        (each) => each.name === name && each.version === version && (each.exists || each.refusal !== null),
      ),
    );
}

/** Make a job of an archive: one, however often the gateway must be asked. */
export async function submit(id: number, database: string, more: Partial<ImportBody> = {}): Promise<string | null> {
  const item = find(id);
  if (item === undefined) return null;
  const call = createImport(bodyOf(item, database, more));
  const asked = target.peek();
  const once = { "Idempotency-Key": [...crypto.getRandomValues(new Uint32Array(4))].join("-") };
  const attempt = async () => {
    if (target.peek() !== asked) throw new ApiError("Another database was chosen meanwhile.", 0, "TARGET_CHANGED");
    return await send(call, undefined, once);
  };
  submitting.add(item.archive);
  try {
    const job = await persevere(attempt, (error) => change(id, { error }), new AbortController().signal);
    note(job);
    change(id, more.dry_run ? { trialId: job.id, error: null } : { stage: "submitted", jobId: job.id, error: null });
    return job.id;
  } catch (error) {
    change(id, { error: asApiError(error) });
    return null;
  } finally {
    submitting.delete(item.archive);
  }
}

/** Submit what is meant, one after the other. */
async function submitMeant(): Promise<void> {
  if (isSubmitting) return;
  isSubmitting = true;
  for (let next = findNext(); next !== null; next = findNext()) await submitNext(next);
  isSubmitting = false;
}

/** The first that can be submitted: behind one that is on its way still none can, unless its check takes long. */
function findNext(): Item | null {
  for (const item of ownItems.peek()) {
    if (item.meant?.target !== target.peek() || item.stage === "submitted") continue;
    if (isReady(item) && !needsDecision(item)) return item;
    if (item.meant.isChained || isComing(item)) return null;
  }
  return null;
}

/** Whether its file is still to be sent, and will be without another click. */
export function isSending({ stage, error }: Item): boolean {
  const isHeldUp = stage === "stopped" && error !== null && isPassing(error);
  return stage === "queued" || stage === "uploading" || isHeldUp;
}

/** Whether it can be submitted soon, without another click: those behind it wait as long. */
function isComing(item: Item): boolean {
  return isSending(item) || (item.stage === "checking" && !item.isLong);
}

async function submitNext(item: Item): Promise<void> {
  const place = database.peek();
  const { meant } = item;
  if (place === null || meant === null) return;
  const batch = ownItems.peek().filter((each) => each.meant?.batch === meant.batch);
  const before = meant.isChained ? batch[batch.indexOf(item) - 1]?.jobId : null;
  const job = await submit(item.id, place, before == null ? {} : { depends_on: [before] });
  if (job !== null) return;
  // In a chain, what comes after it is not meant without it.
  for (const each of meant.isChained ? batch.slice(batch.indexOf(item)) : [item]) change(each.id, { meant: null });
}

effect(() => {
  void ownItems.value;
  void target.value;
  untracked(() => void submitMeant());
});
