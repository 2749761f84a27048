/** What this tab shows the gateway; it leaves the tab only in requests, and goes with it. */

import { signal } from "@preact/signals";

const PLACE = "graphferry.credential";

export const credential = signal<string | null>(sessionStorage.getItem(PLACE));

/** Why somebody who was signed in is not any more. */
export const farewell = signal("");

export function keep(text: string): void {
  sessionStorage.setItem(PLACE, text);
  farewell.value = "";
  credential.value = text;
}

export function forget(reason = ""): void {
  if (credential.peek() === null) return;
  sessionStorage.removeItem(PLACE);
  farewell.value = reason;
  credential.value = null;
}

export function readCredential(): string | null {
  return credential.peek();
}

let readTenant: () => string | null = () => null;

/** Say where to read, at each request, the tenant that it is for. */
export function readTenantFrom(source: () => string | null): void {
  readTenant = source;
}

/** The tenant that a request names, for those who act for several. */
export function tenantHeader(): string | null {
  return readTenant();
}
