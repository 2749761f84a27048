/** Applications with their versions together. */

import type { Application } from "../api/wire.ts";

export interface Versioned {
  name: string;
  kind: string;
  /** The newest first. */
  versions: Application[];
}

export function groupVersions(applications: Application[]): Versioned[] {
  const groups = new Map<string, Application[]>();
  for (const each of applications) groups.set(each.name, [...(groups.get(each.name) ?? []), each]);
  return [...groups].map(([name, found]) => {
    const versions = found.toSorted((one, other) => -compareVersions(one.version, other.version));
    return {
      name,
      kind: versions[0]?.kind ?? "",
      versions,
    };
  });
}

export function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
