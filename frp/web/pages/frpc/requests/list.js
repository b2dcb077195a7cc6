import {
  ask,
  attempt,
  bytes,
  Choice,
  clock,
  counted,
  get,
  Head,
  href,
  html,
  Listing,
  moment,
  remove,
  Search,
  t,
  Tabs,
  took,
  useEffect,
  useListed,
  useLoaded,
} from "../../kit.js";
import { asAsked, Outcome } from "./outcome.js";
import { Unusable } from "./unusable.js";

/** Requests come without events. */
const EVERY = 3000;

const STATUSES = ["2xx", "3xx", "4xx", "5xx"];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Seconds. */
const SLOW = [0.1, 0.5, 1, 5, 30];

/** What of the address chooses among requests. */
export const FILTERS = ["proxy", "method", "status", "slower", "q"];

/** The same, as the API has it. */
export const chosenBy = (query) => ({ ...query, q: asAsked(query.q) });

/** What the inspector has kept, the latest first. */
export function Requests({ query }) {
  const requests = useListed("api/v2/requests", chosenBy(query), FILTERS);
  const inspecting = useLoaded((signal) => get("api/v2/inspecting", {}, signal), []);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && requests.reload(), EVERY);
    return () => clearInterval(timer);
  }, [requests.reload]);
  const forgotten = () => Promise.all([requests.reload(), inspecting.reload()]);
  return html`
    <${Head} title=${t("page.requests")}>
      <button onClick=${() => forget().then(forgotten)}>${t("requests.clear")}</button>
    <//>
    <${Unusable} files=${inspecting.data?.files ?? []} />
    <${Filters} query=${query} />
    <${Listing}
      listed=${requests}
      label=${t("page.requests")}
      columns=${columns(query)}
      id=${(one) => String(one.id)}
      none=${t("requests.none")}
      hint=${inspecting.data && html`<${Waiting} proxies=${inspecting.data.proxies} />`}
      opens
    />
  `;
}

/** Whose requests would be here, or how they would be. */
const Waiting = ({ proxies }) =>
  proxies.length > 0
    ? t("requests.none.hint", { names: proxies.join(", ") })
    : html`${t("requests.off")} <code>inspect = {}</code> ${t("requests.off.docs")} <code>frpc docs inspector</code>`;

const Filters = ({ query }) => html`<div class="filters">
  <${Tabs}
    name="status"
    value=${query.status}
    label=${t("column.status")}
    options=${[["", t("filter.all")], ...STATUSES.map((one) => [one, one]), ["failed", t("filter.error")]]}
  />
  <${Choice}
    name="method"
    value=${query.method}
    label=${t("column.method")}
    options=${[["", t("filter.methods")], ...METHODS.map((one) => [one, one])]}
  />
  <${Choice}
    name="slower"
    value=${query.slower}
    label=${t("column.took")}
    options=${[["", t("filter.slower")], ...SLOW.map((one) => [String(one), `> ${took(one)}`])]}
  />
  ${
    query.proxy &&
    html`<${Choice}
      name="proxy"
      value=${query.proxy}
      label=${t("column.proxy")}
      options=${[
        ["", t("requests.proxies")],
        [query.proxy, query.proxy],
      ]}
    />`
  }
  <${Search} value=${query.q} label=${t("requests.search")} />
</div>`;

async function forget() {
  await attempt(async () => {
    const { total, files } = await get("api/v2/inspecting");
    const text = files.length > 0 && t("requests.clear.files", { names: files.map((one) => one.path).join(", ") });
    const title = counted("requests.clear.title", total);
    const answer = await ask({ title, text, yes: t("requests.clear"), danger: true });
    if (answer !== null) await remove("api/v2/requests");
  });
}

/** How long it took, or has taken by now. */
export const lasted = (one) => took(one.took ?? Math.max(0, Date.now() / 1000 - one.at));

const columns = (query) => [
  {
    title: t("column.request"),
    head: true,
    cell: (one) =>
      html`<a class="cut" title=${one.target} href=${href(["requests", String(one.id)], query)}><b class="method">${one.method}</b> ${one.target}</a>
        ${one.again && html` <span class="tag">${t("requests.repeat")}</span>`}`,
  },
  { title: t("column.status"), cell: (one) => html`<${Outcome} request=${one} />` },
  { title: t("column.proxy"), cell: (one) => html`<a href=${href(["proxies", one.proxy])}>${one.proxy}</a>` },
  { title: t("column.host"), cell: (one) => one.host },
  { title: t("column.took"), numeric: true, cell: (one) => html`<span class=${one.took === null ? "dim" : ""}>${lasted(one)}</span>` },
  { title: t("column.size"), numeric: true, cell: (one) => bytes(one.responseSize) },
  { title: t("column.at"), numeric: true, cell: (one) => html`<time title=${moment(one.at)}>${clock(one.at)}</time>` },
];
