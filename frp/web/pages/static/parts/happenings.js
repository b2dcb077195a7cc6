import { html } from "../vendor/htm-preact.js";
import { called } from "../lib/format.js";
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

/** The pages of what it has happened to. Who was not let in has none, and is in a list of all. */
const PAGES = {
  client: ({ topic, name }) => (topic === "client.refused" ? href(["clients"], { status: "refused" }) : href(["clients", name])),
  proxy: ({ name }) => href(["proxies", name]),
  visitor: ({ name }) => href(["visitors", name]),
};

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
        ${said(key) ? t(key) : one.topic} <b><${Place} to=${PAGES[what]?.(one)} name=${what === "proxy" ? called(one.name) : one.name} /></b>
        ${one.client && html` (<${Place} to=${href(["clients", one.client])} name=${one.client} />)`}
        ${one.times > 1 && html` <span class="tag">${counted("happenings.times", one.times)}</span>`}
      </span>
      ${one.why && html`<span class="dim">${one.why}</span>`}
      ${one.untold > 0 && html`<span class="dim">${counted("happenings.untold", one.untold)}</span>`}
    </div>
    <${Ago} at=${one.at} dim />
  </li>`;
}

const Place = ({ to, name }) => (to ? html`<a href=${to}>${name}</a>` : name);
