/** What a request to the gateway is, before anything is sent: the page sends it, and shows it as a curl command. */

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Call<Answer = unknown> {
  method: Method;
  /** Under the base of the API, already encoded. */
  path: string;
  /** What is a list is said once for each of its members. */
  query?: Record<string, string | readonly string[] | undefined>;
  body?: unknown;
  /** The version that the call is meant for: of another one the gateway refuses it. */
  version?: string;
  /** The name of a file that is the body. */
  file?: string;
  /** Never there: it ties the answer's type to the call. */
  readonly answer?: Answer;
}

/** The address of this page, without what stands behind it. */
export const PAGE = document.baseURI.replace(/[#?].*$/, "");

/** Where the API is: beside the page, whatever prefix a proxy gives to both. */
export const API = new URL("../api/v1", PAGE).href;

/** The headers that belong to the call itself. */
export function headersOf(call: Call): Record<string, string> {
  return call.version === undefined ? {} : { "If-Match": `"${call.version}"` };
}

export function urlOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const each of [value ?? []].flat()) {
      if (each !== "") query.append(name, each);
    }
  }
  const text = query.toString();
  return API + call.path + (text === "" ? "" : `?${text}`);
}
