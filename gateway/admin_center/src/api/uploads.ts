/** Files on their way to the gateway, in pieces: what has arrived stays, and an upload goes on where it broke off. */

import { DetailedError, Upload as Pieces } from "tus-js-client";
import { API } from "./call.ts";
import { ApiError, authorization } from "./client.ts";

export interface Upload {
  /** The name that the archive got. */
  done: Promise<string>;
  stop: () => void;
}

const PIECE_BYTES = 8 * 1024 * 1024;
const RETRY_MILLISECONDS = [500, 1000, 2000, 4000, 8000];
const ENDPOINT = `${API}/uploads`;

export function upload(file: File, onProgress: (sent: number) => void): Upload {
  let stop = () => {};
  const done = new Promise<string>((resolve, reject) => {
    const pieces = new Pieces(file, {
      endpoint: ENDPOINT,
      headers: authorization(),
      metadata: { filename: file.name },
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_MILLISECONDS,
      removeFingerprintOnSuccess: true,
      onProgress,
      onUploadUrlAvailable: () => {
        pieces.url = beside(pieces.url);
      },
      onError: (error) => reject(toApiError(error)),
      onSuccess: ({ lastResponse }) =>
        resolve(decodeURIComponent(lastResponse.getHeader("Upload-Archive") ?? file.name)),
    });
    stop = () => {
      void pieces.abort();
      reject(new ApiError("Stopped.", 0, "STOPPED"));
    };
    void pieces.findPreviousUploads().then(([newest]) => {
      if (newest !== undefined) pieces.resumeFromPreviousUpload(newest);
      pieces.start();
    });
  });
  return { done, stop: () => stop() };
}

/** The gateway names itself as the settings do; this page may know it by another name, as behind a proxy. */
function beside(url: string | null): string | null {
  return url === null ? null : `${ENDPOINT}/${url.slice(url.lastIndexOf("/") + 1)}`;
}

function toApiError(error: Error): ApiError {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return new ApiError("The connection broke off.", 0, "UNREACHABLE");
  const problem = parse(response.getBody());
  const code = problem.code ?? `HTTP_${response.getStatus()}`;
  return new ApiError(problem.detail ?? "The upload failed.", response.getStatus(), code);
}

function parse(text: string): { detail?: string; code?: string } {
  try {
    return JSON.parse(text) as { detail?: string; code?: string };
  } catch {
    return {};
  }
}
