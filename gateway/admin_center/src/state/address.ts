/** Where the reader is: the part of the address behind `#`, such as `#/jobs/0199…?tenant=acme&database=source`. */

import { signal } from "@preact/signals";

export interface Address {
  path: string[];
  query: Record<string, string>;
}

/** They stay when the reader goes to another page. */
const KEPT = ["tenant", "database"];

export const address = signal<Address>(parse(location.hash));

addEventListener("hashchange", () => {
  address.value = parse(location.hash);
});

export function parse(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function hrefTo(path: string[], query: Record<string, string> = {}): string {
  const now = address.value.query;
  const kept = Object.fromEntries(KEPT.flatMap((name) => (now[name] ? [[name, now[name]]] : [])));
  return format(path, { ...kept, ...query });
}

export function go(path: string[], query: Record<string, string> = {}): void {
  location.hash = hrefTo(path, query);
}

/** Change what the address asks for without a new entry in the history; an empty value takes it out. */
export function ask(changes: Record<string, string>): void {
  const now = address.peek();
  const hash = format(now.path, { ...now.query, ...changes });
  history.replaceState(null, "", hash);
  address.value = parse(hash);
}

function format(path: string[], query: Record<string, string>): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(filled).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}
