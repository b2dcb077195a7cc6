/** Requests to the API, relative to where the pages are: a prefix in front of both does not matter. */
import { t } from "./language.js";

const ROOT = new URL("../", document.baseURI);

/** An answer that is not what was asked for. */
export class Refused extends Error {
  /**
   * @param {number} status of HTTP; 0 if there was no answer.
   * @param {Array<{path: string, problem: string, hint: string}>} problems what is wrong with what was sent, key by key
   */
  constructor(status, message, problems = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

/** The moment of the program's at which it was asked first, in seconds since 1970; not a number where it does not say. */
export let askedFirst = null;

export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== "" && value !== undefined && value !== null) url.searchParams.set(name, value);
  }
  return url;
}

/**
 * Of a path. Names may hold slashes and all else; dots alone are the way up to a browser, and nothing is no segment,
 * unless a letter stands in front, which the API drops.
 */
export const segment = (name) => encodeURIComponent(/^\ue02e*(\.{1,2})?$/.test(name) ? `\ue02e${name}` : name);

async function refusal(response) {
  const text = (await response.text()).trim();
  try {
    const said = JSON.parse(text);
    return new Refused(response.status, said.msg ?? said.Msg ?? text, said.problems);
  } catch {
    return new Refused(response.status, text || `${response.status} ${response.statusText}`);
  }
}

/** What browsers say of a program that is not there is no help to anybody. */
export const silence = () => new Refused(0, t("live.lost.hint"));

/**
 * @param {string} path with no slash in front
 * @param {{query?: object, json?: *, text?: string, headers?: object, signal?: AbortSignal}} options
 * @returns {Promise<Response>} the answer, if it is what was asked for
 */
export async function respond(method, path, { query, json, text, headers, signal } = {}) {
  const body = json === undefined ? text : JSON.stringify(json);
  // What a page looks at every few seconds is no news for a log.
  const sent = { "X-Frp-Page": "1", ...headers };
  if (json !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address(path, query), { method, headers: sent, body, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw silence();
  }
  askedFirst ??= Date.parse(response.headers.get("date")) / 1000;
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @returns {Promise<*>} what the JSON says, of the second API without its envelope; or a text */
export async function request(method, path, options) {
  const response = await respond(method, path, options);
  const said = await response.text();
  if (!response.headers.get("content-type")?.startsWith("application/json")) return said;
  const found = JSON.parse(said);
  return path.startsWith("api/v2/") ? found.data : found;
}

export const get = (path, query, signal) => request("GET", path, { query, signal });
export const post = (path, json, query) => request("POST", path, { json, query });
export const put = (path, json, query) => request("PUT", path, { json, query });
export const remove = (path, json) => request("DELETE", path, { json });
