/** Files on their way to the gateway, in pieces: what has arrived stays, and an upload goes on where it broke off. */

import { DetailedError, Upload as Pieces } from "tus-js-client";
import { fingerprintOf, idOf, lockOf, markOf, places } from "./begun_uploads.ts";
import { API } from "./call.ts";
import { ApiError, authorization } from "./client.ts";
import { alone } from "./lanes.ts";

const PIECE_BYTES = 8 * 1024 * 1024;
const RETRY_MILLISECONDS = [500, 1000, 2000, 4000, 8000];
const ENDPOINT = `${API}/uploads`;

/** Upload a file into the tenant's folder; return the name that the archive got. Raises: ApiError. */
export async function upload(
  file: File,
  tenant: string | null,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const fingerprint = fingerprintOf(tenant, markOf(file));
  return await alone(lockOf(fingerprint), () => send(file, fingerprint, onProgress, signal), signal);
}

function send(
  file: File,
  fingerprint: string,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const pieces = new Pieces(file, {
      endpoint: ENDPOINT,
      headers: authorization(),
      metadata: { filename: file.name },
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_MILLISECONDS,
      fingerprint: async () => fingerprint,
      urlStorage: places,
      removeFingerprintOnSuccess: true,
      onProgress,
      onUploadUrlAvailable: () => {
        pieces.url = beside(pieces.url);
      },
      onError: (error) => void toApiError(error, file).then(reject),
      onSuccess: ({ lastResponse }) =>
        resolve(decodeURIComponent(lastResponse.getHeader("Upload-Archive") ?? file.name)),
    });
    signal.addEventListener("abort", () => {
      void pieces.abort();
      reject(signal.reason);
    });
    void pieces.findPreviousUploads().then(([newest]) => {
      if (signal.aborted) return;
      if (newest !== undefined) pieces.resumeFromPreviousUpload({ ...newest, uploadUrl: beside(newest.uploadUrl) });
      pieces.start();
    });
  });
}

/** The gateway names itself as the settings do; this page may know it by another name, as behind a proxy. */
function beside(url: string | null): string | null {
  return url === null ? null : `${ENDPOINT}/${idOf(url)}`;
}

async function toApiError(error: Error, file: File): Promise<ApiError> {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return await whyUnsent(file);
  const problem = parse(response.getBody());
  const code = problem.code ?? `HTTP_${response.getStatus()}`;
  return new ApiError(problem.detail ?? "The upload failed.", response.getStatus(), code);
}

/** A browser tells a file that changed under it from a connection that broke off in no other way. */
async function whyUnsent(file: File): Promise<ApiError> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return new ApiError("The connection broke off. The upload goes on when it is back.", 0, "UNREACHABLE");
  } catch {
    const message = `${file.name} cannot be read any more: it was changed, moved or deleted. Choose it again.`;
    return new ApiError(message, 0, "FILE_UNREADABLE");
  }
}

function parse(text: string): { detail?: string; code?: string } {
  try {
    return JSON.parse(text) as { detail?: string; code?: string };
  } catch {
    return {};
  }
}
