/** What this tab shows the gateway; it leaves the tab only in requests, and goes with it. */

import { signal } from "@preact/signals";
import { address } from "./address.ts";

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

/** The tenant that the address names, for those who act for several. */
export function tenantHeader(): string | null {
  return address.peek().query["tenant"] ?? null;
}
