/** Applications with their versions together. */

import type { Application } from "../api/wire.ts";

export interface Versioned {
  name: string;
  kind: string;
  /** The newest first. */
  versions: Application[];
  nodes: number | null;
  relationships: number | null;
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
      nodes: sum(versions.map((each) => each.nodes)),
      relationships: sum(versions.map((each) => each.relationships)),
    };
  });
}

function sum(counts: (number | undefined)[]): number | null {
  return counts.reduce<number | null>((so, count) => (so === null || count === undefined ? null : so + count), 0);
}

export function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
