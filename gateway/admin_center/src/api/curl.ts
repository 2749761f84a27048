/** The command line that does what the page does. */

import { type Call, headersOf, urlOf } from "./call.ts";

/** Write a call as a curl command; the key stays in a variable of the reader's shell. */
export function curlOf(call: Call, tenant: string | null): string {
  const parts = ["curl"];
  if (call.file !== undefined) parts.push(`-T ${quote(call.file)}`);
  else if (call.method !== "GET" && !(call.method === "POST" && call.body !== undefined))
    parts.push(`-X ${call.method}`);
  parts.push(quote(urlOf(call)), '-H "X-API-KEY: $GRAPHFERRY_KEY"');
  if (tenant !== null) parts.push(`-H ${quote(`x-tenant-name: ${tenant}`)}`);
  for (const [name, value] of Object.entries(headersOf(call))) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (call.body !== undefined) parts.push(`-d ${quote(JSON.stringify(call.body))}`);
  return parts.join(" \\\n  ");
}

function quote(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
