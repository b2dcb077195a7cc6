/** The file, as the API has it. */
import { post, request, respond } from "../../kit.js";

/**
 * @typedef {object} File
 * @property {string} text
 * @property {string} tag the same for the same text
 */

/** @returns {Promise<File>} */
export async function read(signal) {
  const response = await respond("GET", "api/config", { signal });
  return { text: await response.text(), tag: response.headers.get("etag") };
}

/** Put a text in the place of what was read. A 412 is the answer where that is not there any more. */
export const write = (text, { tag }) => request("PUT", "api/config", { text, headers: { "If-Match": tag } });

/** @returns {Promise<Array<{path: string, problem: string, line: number, hint: string}>>} */
export const check = async (text) => (await request("POST", "api/v2/config/check", { text })).problems;

/** @returns {Promise<{waiting: string[]}>} the keys that count at the next start only, beside what has changed */
export const reread = () => post("api/v2/config/reload", undefined, { strictConfig: true });

const NAMED = /^\s*(?:-\s+|\{\s*)?["']?name["']?\s*[:=]\s*(["']?)(.*?)\1\s*,?\s*(?:#.*)?$/;

/** @returns {number} the line that gives something this name; 0 where none does: it may stand in a file that is included */
export const lineNamed = (text, name) => text.split("\n").findIndex((line) => NAMED.exec(line)?.[2] === name) + 1;
