/** What an import does with an application whose name is taken. */

import type { ConflictAction } from "../api/wire.ts";
import type { Option } from "./fields.tsx";

const WORDS: Record<ConflictAction, string> = {
  fail: "Stop the import",
  skip: "Leave it out",
  overwrite: "Replace what is there",
  add_version: "Add as a new version",
  rename: "Import under another name",
};

/** Only administrators may replace. */
export function conflictOptions(mayOverwrite: boolean): Option[] {
  return Object.entries(WORDS)
    .filter(([value]) => mayOverwrite || value !== "overwrite")
    .map(([value, text]) => ({ value, text }));
}
