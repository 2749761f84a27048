/** Hands files to the browser's own downloads. */

import { downloadArchive } from "../api/calls.ts";
import { request } from "../api/client.ts";

export function saveText(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: "application/octet-stream" }));
}

/** Download an archive: the key goes in a header, which a link cannot carry, so that the browser holds all of it first. */
export async function saveArchive(name: string): Promise<void> {
  const response = await request(downloadArchive(name));
  saveBlob(name, await response.blob());
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
