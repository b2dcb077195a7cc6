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
  error: "error",
  disabled: "disabled",
};

export const goodness = (status) => GOOD[status] ?? "waiting";

/** A status, said by a word, a form and a colour. */
export const Status = ({ status }) => html`
  <span class="status ${goodness(status)}">
    <${Icon} name=${goodness(status)} />${said(`status.${status}`) ? t(`status.${status}`) : status}
  </span>
`;
