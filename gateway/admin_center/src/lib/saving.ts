/** Hands files to the browser's own downloads. */

import { linkArchive } from "../api/calls.ts";
import { PAGE } from "../api/call.ts";
import { send } from "../api/client.ts";

export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  follow(url, name);
  URL.revokeObjectURL(url);
}

/** Download an archive over a link that needs no credentials, so that the browser streams it to its disk. */
export async function saveArchive(name: string): Promise<void> {
  const { url } = await send(linkArchive(name));
  // On the host that this page came from: the gateway's public name may not be the one it was reached by.
  const token = url.slice(url.lastIndexOf("/") + 1);
  follow(new URL(`../files/${token}`, PAGE).href, name);
}

function follow(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
