/** What this tab remembers of its archives over a reload: not the files, which a browser does not keep. */

import type { Item } from "./imports.ts";

const PLACE = "graphferry.imports";

/** Note the archives that the gateway has. */
export function keep(items: Item[]): void {
  const stored = items.filter((each) => each.isStored).map((each) => ({ ...each, file: null, inspection: null }));
  if (stored.length === 0) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, JSON.stringify(stored));
}

/** Give what was noted, to be checked anew; nothing is submitted without another click. */
export function recall(): Item[] {
  try {
    const found = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]") as Item[];
    return found.map((each, index) => ({
      ...each,
      id: index + 1,
      stage: each.stage === "submitted" ? each.stage : "checking",
      checkedFor: null,
      error: null,
      meant: null,
    }));
  } catch {
    return [];
  }
}
