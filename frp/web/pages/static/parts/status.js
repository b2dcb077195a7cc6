import { html } from "../vendor/htm-preact.js";
import { said, t } from "../lib/language.js";
import { Icon } from "./icons.js";

/** How good a status is: the icon and the colour go by it. */
const GOOD = {
  online: "online",
  running: "online",
  connected: "online",
  offline: "offline",
  closed: "offline",
  idle: "offline",
  new: "waiting",
  "wait start": "waiting",
  waiting: "waiting",
  connecting: "waiting",
  "start error": "error",
  "check failed": "error",
  unreached: "error",
  error: "error",
  refused: "warning",
  disabled: "disabled",
};

export const goodness = (status) => GOOD[status] ?? "waiting";

/** The same of a proxy of frpc: one that runs and whose last user did not reach its service is not well. */
export const standing = (one) => (one.service_err ? "unreached" : goodness(one.status));

const named = (status) => (said(`status.${status}`) ? t(`status.${status}`) : status);

/** A status, said by a word, a form and a colour; the word may be another. */
export const Status = ({ status, text = named(status) }) => html`
  <span class="status ${goodness(status)}"><${Icon} name=${goodness(status)} />${text}</span>
`;
