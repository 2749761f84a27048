/** Uploads that were cut off: begun in this browser, and those that this tab had not begun when it was loaded anew. */

import { effect, signal, untracked } from "@preact/signals";
import { type Begun, type FileMark, findCutOff, forgetUpload, isSame, markOf } from "../api/begun_uploads.ts";
import { addArchive, items } from "./imports.ts";
import { me, tenant } from "./session.ts";

const PLACE = "graphferry.files";

interface Wanted extends FileMark {
  tenant: string | null;
  user: string | null;
}

export const cutOff = signal<Begun[]>([]);

/** What this tab was to send before it was loaded. */
let wanted = recall();

function recall(): Wanted[] {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE) ?? "[]") as Wanted[];
  } catch {
    return [];
  }
}

/** Ask the gateway how far they are. Raises: ApiError. */
export async function look(signal: AbortSignal): Promise<void> {
  const asked = tenant.peek();
  cutOff.value = [];
  if (asked === null) return;
  const { begun, arrived } = await findCutOff(asked, signal);
  if (signal.aborted) return;
  for (const name of arrived) addArchive(name);
  const user = me.peek()?.user;
  const unbegun = wanted
    .filter((each) => each.tenant === asked && each.user === user && !begun.some((other) => isSame(other, each)))
    .map(({ name, size, modified }) => ({ name, size, modified, id: null, sent: 0 }));
  cutOff.value = [...begun, ...unbegun];
  takeOut();
}

/** Give one up, with what has arrived of it. Raises: ApiError. */
export async function drop(given: Begun): Promise<void> {
  if (given.id !== null) await forgetUpload(given.id);
  wanted = wanted.filter((each) => !isSame(each, given));
  cutOff.value = cutOff.value.filter((each) => !isSame(each, given));
}

/** What was chosen again is not cut off any more. */
function takeOut(): void {
  const chosen = items.peek().flatMap(({ file }) => (file === null ? [] : [markOf(file)]));
  const isOpen = (each: FileMark) => !chosen.some((other) => isSame(other, each));
  wanted = wanted.filter(isOpen);
  if (!cutOff.peek().every(isOpen)) cutOff.value = cutOff.peek().filter(isOpen);
}

function keep(): void {
  const open = items.peek().flatMap(({ file, isStored, tenant, user }): Wanted[] => {
    return file === null || isStored ? [] : [{ ...markOf(file), tenant, user }];
  });
  sessionStorage.setItem(PLACE, JSON.stringify([...wanted, ...open]));
}

effect(() => {
  void items.value;
  void cutOff.value;
  untracked(() => {
    takeOut();
    keep();
  });
});
