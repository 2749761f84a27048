/** Files on their way to the gateway. */

import { uploadArchive } from "./calls.ts";
import { urlOf } from "./call.ts";
import { ApiError, authorization } from "./client.ts";
import type { Archive } from "./wire.ts";

export interface Upload {
  /** The name that the archive got. */
  done: Promise<string>;
  stop: () => void;
}

/** Send a file as a raw body; it begins anew when it breaks off. */
export function upload(file: File, onProgress: (sent: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<string>((resolve, reject) => {
    request.open("PUT", urlOf(uploadArchive(file.name)));
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status === 201) resolve((request.response as Archive).name);
      else reject(new ApiError(request.response?.detail ?? "The upload failed.", request.status, request.response?.code ?? ""));
    };
    request.onerror = () => reject(new ApiError("The connection broke off.", 0, "UNREACHABLE"));
    request.onabort = () => reject(new ApiError("Stopped.", 0, "STOPPED"));
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}
