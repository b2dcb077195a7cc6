import { html, t } from "../../kit.js";

/** These came to nothing, whatever status there was. */
const BROKEN = ["failed", "aborted", "unanswered", "left"];

/** How a request can end, beside an answer that is whole. */
const ENDS = [...BROKEN, "upgraded", "open"];

export const hasFailed = ({ status, outcome }) => status >= 400 || BROKEN.includes(outcome);

const word = (outcome) => (outcome === "whole" ? "" : t(`outcome.${outcome || "open"}`));

export const outcomeWords = ({ status, outcome }) => [status || "", word(outcome)].filter(Boolean).join(" ");

/** A search, with the words that stand in a column in place of what the API calls it. */
export const asAsked = (search = "") =>
  ENDS.reduce((text, outcome) => text.replaceAll(word(outcome), outcome), search.toLowerCase());

/** How a request went: a status is said by its number, the rest by a word. */
export function Outcome({ request }) {
  const { status, outcome } = request;
  const how =
    status >= 500 || (BROKEN.includes(outcome) && outcome !== "left")
      ? "error"
      : status >= 400 || outcome === "left"
        ? "waiting"
        : status
          ? "online"
          : "offline";
  return html`<span class="status ${how}">${outcomeWords(request)}</span>`;
}
