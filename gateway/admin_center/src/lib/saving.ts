/** Hands files to the browser's own downloads. */

import { PAGE } from "../api/call.ts";
import { linkArchive } from "../api/calls.ts";
import { send } from "../api/client.ts";

export function saveText(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: "application/octet-stream" }));
}

/** Download an archive by a signed link: the browser writes it to disk as it comes, whatever its size. */
export async function saveArchive(name: string): Promise<void> {
  const { url } = await send(linkArchive(name));
  follow(new URL(`../files/${url.slice(url.lastIndexOf("/") + 1)}`, PAGE).href, name);
}

function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  follow(url, name);
  URL.revokeObjectURL(url);
}

function follow(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
