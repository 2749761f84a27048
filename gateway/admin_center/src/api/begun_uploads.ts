/** Uploads that were begun in this browser and are not done: where they go on, and how far the gateway has them. */

import type { PreviousUpload } from "tus-js-client";
import { ApiError, request } from "./client.ts";
import { listHeld } from "./lanes.ts";

const PREFIX = "graphferry.upload.";
const LOCK = "graphferry-file-";
const TUS = { "Tus-Resumable": "1.0.0" };
const GONE = new Set([404, 410]);

/** What tells a file from another of its name: the browser does not keep the file itself. */
export interface FileMark {
  name: string;
  size: number;
  modified: number;
}

export interface Begun extends FileMark {
  /** On the gateway; null: nothing of it has arrived. */
  id: string | null;
  sent: number;
}

export function markOf(file: File): FileMark {
  return { name: file.name, size: file.size, modified: file.lastModified };
}

export function isSame(one: FileMark, other: FileMark): boolean {
  return one.name === other.name && one.size === other.size && one.modified === other.modified;
}

/** The same for the same file and tenant. */
export function fingerprintOf(tenant: string | null, { name, size, modified }: FileMark): string {
  return JSON.stringify([tenant, name, size, modified]);
}

/** Held while the file is on its way, by the tab that sends it. */
export function lockOf(fingerprint: string): string {
  return LOCK + fingerprint;
}

type Kept = PreviousUpload & { fingerprint: string };

/** Where the uploads' places are kept, for the uploading library. */
export const places = {
  findAllUploads: async (): Promise<PreviousUpload[]> => list(),
  findUploadsByFingerprint: async (fingerprint: string): Promise<PreviousUpload[]> =>
    list().filter((each) => each.fingerprint === fingerprint),
  removeUpload: async (key: string): Promise<void> => localStorage.removeItem(key),
  addUpload: async (fingerprint: string, upload: PreviousUpload): Promise<string> => {
    const key = `${PREFIX}${idOf(upload.uploadUrl ?? "")}`;
    localStorage.setItem(key, JSON.stringify({ ...upload, fingerprint }));
    return key;
  },
};

function list(): Kept[] {
  const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  return keys.filter((key) => key.startsWith(PREFIX)).flatMap(read);
}

function read(key: string): Kept[] {
  try {
    return [{ ...(JSON.parse(localStorage.getItem(key) ?? "") as Kept), urlStorageKey: key }];
  } catch {
    return [];
  }
}

export function idOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

export interface CutOff {
  begun: Begun[];
  /** Names of archives that had arrived whole before this page heard of it. */
  arrived: string[];
}

/** Find a tenant's uploads that no tab goes on with, as the gateway has them. Raises: ApiError. */
export async function findCutOff(tenant: string, signal: AbortSignal): Promise<CutOff> {
  const held = await listHeld(LOCK);
  const found: CutOff = { begun: [], arrived: [] };
  for (const each of list()) {
    const [owner, name, size, modified] = JSON.parse(each.fingerprint) as [string, string, number, number];
    if (owner !== tenant || held.has(lockOf(each.fingerprint))) continue;
    const id = idOf(each.uploadUrl ?? "");
    const answer = await look(id, signal);
    const archive = answer?.headers.get("Upload-Archive");
    if (answer === null || archive != null) localStorage.removeItem(each.urlStorageKey);
    if (archive != null) found.arrived.push(decodeURIComponent(archive));
    else if (answer !== null)
      found.begun.push({ name, size, modified, id, sent: Number(answer.headers.get("Upload-Offset")) });
  }
  return found;
}

/** Null: the gateway does not have it any more. */
async function look(id: string, signal: AbortSignal): Promise<Response | null> {
  try {
    return await request({ method: "HEAD", path: `/uploads/${encodeURIComponent(id)}` }, signal, TUS);
  } catch (error) {
    if (error instanceof ApiError && GONE.has(error.status)) return null;
    throw error;
  }
}

/** Remove what has arrived of an upload that is not wanted any more. Raises: ApiError. */
export async function forgetUpload(id: string): Promise<void> {
  localStorage.removeItem(PREFIX + id);
  await request({ method: "DELETE", path: `/uploads/${encodeURIComponent(id)}` }, undefined, TUS).catch(
    (error: unknown) => {
      if (!(error instanceof ApiError && GONE.has(error.status))) throw error;
    },
  );
}
