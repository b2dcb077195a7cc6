import { html } from "../vendor/htm-preact.js";
import { called, clock, moment } from "../lib/format.js";
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
  client: ({ topic, name }) =>
    topic === "client.refused" ? href(["clients"], { status: "refused" }) : href(["clients", name]),
  proxy: ({ name }) => href(["proxies", name]),
  visitor: ({ name }) => href(["visitors", name]),
};

/** Seconds between a client and its proxies, which come and go with it. */
const TOGETHER = 3;

const WITH = { "proxy.up": "client.in", "proxy.down": "client.out" };

/** A client that comes or goes is one line, with the number of its proxies. */
function folded(all) {
  const counts = new Map();
  const host = (one) =>
    WITH[one.topic] &&
    all.find(
      (other) =>
        other.topic === WITH[one.topic] && other.name === one.client && Math.abs(other.at - one.at) <= TOGETHER,
    );
  const left = all.filter((one) => {
    const found = host(one);
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
    return !found;
  });
  return left.map((one) => ({ ...one, proxies: counts.get(one) ?? 0 }));
}

/** What has happened lately, the latest first. */
export function Happenings({ most = 8 }) {
  const all = useSignal(happenings);
  if (all.length === 0) return html`<${Empty} text=${t("happenings.none")} />`;
  return html`<${List} all=${folded(all).slice(0, most)} />`;
}

/** @param {{all: import("../lib/live.js").Happening[]}} props */
export const List = ({ all }) =>
  html`<ol class="happenings">${all.map((one) => html`<${Happening} key=${one.id ?? one.number} one=${one} />`)}</ol>`;

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
        ${one.proxies > 0 && html` ${counted("happenings.proxies", one.proxies)}`}
        ${one.times > 1 && html` <span class="tag">${counted("happenings.times", one.times, { since: when(one.since) })}</span>`}
        ${one.before && html` <span class="tag">${t("happenings.before")}</span>`}
      </span>
      ${one.why && html`<span class="dim">${one.why}</span>`}
      ${one.untold > 0 && html`<span class="dim">${counted("happenings.untold", one.untold)}</span>`}
    </div>
    <span class="when">${when(one.at)} <${Ago} at=${one.at} dim /></span>
  </li>`;
}

/** The time, which needs no day if it is today. */
const when = (at) => (new Date(at * 1000).toDateString() === new Date().toDateString() ? clock(at) : moment(at));

const Place = ({ to, name }) => (to ? html`<a href=${to}>${name}</a>` : name);
