/** Sends calls to the gateway with the credentials of this tab. */

import { type Call, headersOf, urlOf } from "./call.ts";
import { forget, readCredential, tenantHeader } from "./credential.ts";

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly details: string[] = [],
    readonly requestId: string | null = null,
  ) {
    super(message);
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(error instanceof Error ? error.message : String(error), 0, "UNEXPECTED");
}

export async function send<Answer>(call: Call<Answer>, signal?: AbortSignal, more: HeadersInit = {}): Promise<Answer> {
  const response = await request(call, signal, more);
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

/** Send a call and give the answer as it comes, after the head. */
export async function request(call: Call, signal?: AbortSignal, more: HeadersInit = {}): Promise<Response> {
  const headers = new Headers({ ...authorization(), ...headersOf(call), ...more });
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  if (body !== null) headers.set("Content-Type", "application/json");
  let response: Response;
  try {
    response = await fetch(urlOf(call), {
      method: call.method,
      headers,
      body,
      signal: signal ?? null,
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The gateway does not answer. Check the connection, then try again.", 0, "UNREACHABLE");
  }
  if (!response.ok && response.status !== 416) throw await readError(response);
  return response;
}

export function authorization(): Record<string, string> {
  const credential = readCredential();
  const tenant = tenantHeader();
  return {
    ...(credential === null ? {} : headerOf(credential)),
    ...(tenant === null ? {} : { "x-tenant-name": tenant }),
  };
}

function headerOf(credential: string): Record<string, string> {
  return credential.startsWith("gf_") ? { "X-API-KEY": credential } : { Authorization: `Bearer ${credential}` };
}

async function readError(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as {
    detail?: string;
    code?: string;
    details?: string[];
    request_id?: string;
  };
  const code = problem.code ?? `HTTP_${response.status}`;
  const message = problem.detail ?? `The gateway answered ${response.status} ${response.statusText}`.trim();
  if (response.status === 401) forget(message);
  return new ApiError(message, response.status, code, problem.details ?? [], problem.request_id ?? null);
}
