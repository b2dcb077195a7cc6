/** Why something does not work: the program's own words, which are those of its log, and what they mean. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";

/** What is known of an error, by what stands in it; the first that fits counts. */
const KNOWN = [
  [/port already used/, "why.port.used"],
  [/port unavailable/, "why.port.closed"],
  [/port not allowed/, "why.port.notAllowed"],
  [/max_ports_per_client/, "why.port.tooMany"],
  [/proxy .*already (exists|in use)/, "why.name"],
  [/router config conflict/, "why.route"],
  [/token .*doesn't match token from configuration/, "why.token"],
  [/send \w+ request to plugin error/, "why.hook"],
  [/by an operator|an operator has ended/, "why.operator"],
  [/connection refused/, "why.nobody"],
  [/no such host/, "why.noHost"],
  [/timeout|timed out|no answer/, "why.silent"],
];

/** @returns {string} what an error means, or nothing. */
function meaning(text) {
  const [, key] = KNOWN.find(([pattern]) => pattern.test(text)) ?? [];
  return key ? t(key) : "";
}

/** @param {{text: string}} props */
export function Why({ text }) {
  const words = meaning(text);
  return html`<span class="dim">${text}${words && html`<br />${words}`}</span>`;
}
