import { html } from "../vendor/htm-preact.js";
import { counted, said, t } from "../lib/language.js";
import { happenings } from "../lib/live.js";
import { href } from "../lib/route.js";
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
  missed: "error",
  refused: "error",
  changed: "edit",
};

/** The pages of what it has happened to. */
const PAGES = { client: "clients", proxy: "proxies", visitor: "visitors" };

/** What has happened lately, the latest first. */
export function Happenings({ most = 8 }) {
  const all = useSignal(happenings);
  if (all.length === 0) return html`<${Empty} text=${t("happenings.none")} />`;
  return html`<ol class="happenings">${all.slice(0, most).map((one) => html`<${Happening} key=${one.id} one=${one} />`)}</ol>`;
}

function Happening({ one }) {
  const [what, how] = one.topic.split(".");
  const form = FORMS[how];
  const key = `event.${one.topic}`;
  return html`<li>
    <span class="status ${form}"><${Icon} name=${form} /></span>
    <div>
      <span>
        ${said(key) ? t(key) : one.topic} <b><${Place} page=${PAGES[what]} name=${one.name} /></b>
        ${one.client && html` (<${Place} page="clients" name=${one.client} />)`}
        ${one.times > 1 && html` <span class="tag">${counted("happenings.times", one.times)}</span>`}
      </span>
      ${one.why && html`<span class="dim">${one.why}</span>`}
      ${one.untold > 0 && html`<span class="dim">${counted("happenings.untold", one.untold)}</span>`}
    </div>
    <${Ago} at=${one.at} dim />
  </li>`;
}

const Place = ({ page, name }) => (page ? html`<a href=${href([page, name])}>${name}</a>` : name);
