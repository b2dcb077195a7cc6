import { html } from "../vendor/htm-preact.js";
import { said, t } from "../lib/language.js";
import { happenings } from "../lib/live.js";
import { useSignal } from "../lib/signal.js";
import { Ago } from "./ago.js";
import { Icon } from "./icons.js";
import { Empty } from "./states.js";

const FORMS = {
  in: "online",
  up: "online",
  out: "offline",
  down: "offline",
  error: "error",
  refused: "error",
  changed: "edit",
};

/** What has happened lately, the latest first. */
export function Happenings({ most = 8 }) {
  const all = useSignal(happenings);
  if (all.length === 0) return html`<${Empty} text=${t("happenings.none")} />`;
  return html`<ol class="happenings">${all.slice(0, most).map((one) => html`<${Happening} key=${one.id} one=${one} />`)}</ol>`;
}

function Happening({ one }) {
  const form = FORMS[one.topic.split(".")[1]];
  const key = `event.${one.topic}`;
  return html`<li>
    <span class="status ${form}"><${Icon} name=${form} /></span>
    <div>
      <span>${said(key) ? t(key) : one.topic} <b>${one.name}</b></span>
      ${one.why && html`<span class="dim">${one.why}</span>`}
    </div>
    <${Ago} at=${one.at} dim />
  </li>`;
}
