import {
  ask,
  attempt,
  bytes,
  Choice,
  clock,
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
} from "../../kit.js";

/** Requests come without events. */
const EVERY = 3000;

const BROKEN = ["failed", "aborted", "unanswered"];

const STATUSES = ["2xx", "3xx", "4xx", "5xx"];

/** What the inspector has kept, the latest first. */
export function Requests({ query }) {
  const requests = useListed("api/v2/requests", query, ["proxy", "method", "status", "q"]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && requests.reload(), EVERY);
    return () => clearInterval(timer);
  }, [requests.reload]);
  return html`
    <${Head} title=${t("page.requests")}>
      <button onClick=${() => forget().then(requests.reload)}>${t("requests.clear")}</button>
    <//>
    <div class="filters">
      <${Tabs} name="status" value=${query.status} label=${t("column.status")} options=${[["", t("filter.all")], ...STATUSES.map((one) => [one, one])]} />
      <${Choice}
        name="method"
        value=${query.method}
        label=${t("column.method")}
        options=${[["", t("filter.methods")], ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((one) => [one, one])]}
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
    </div>
    <${Listing}
      listed=${requests}
      label=${t("page.requests")}
      columns=${columns()}
      id=${(one) => String(one.id)}
      none=${t("requests.none")}
      hint=${t("requests.none.hint")}
    />
  `;
}

async function forget() {
  const answer = await ask({ title: t("requests.clear.title"), yes: t("requests.clear"), danger: true });
  if (answer !== null) await attempt(() => remove("api/v2/requests"));
}

/** How a request went: a status is said by its number, the rest by a word. */
export function Outcome({ request: { status, outcome } }) {
  const how =
    status >= 500 || BROKEN.includes(outcome)
      ? "error"
      : status >= 400
        ? "waiting"
        : status
          ? "online"
          : "offline";
  return html`<span class="status ${how}">${status || ""} ${outcome === "whole" ? "" : t(`outcome.${outcome || "open"}`)}</span>`;
}

const columns = () => [
  {
    title: t("column.request"),
    head: true,
    cell: (one) =>
      html`<a href=${href(["requests", String(one.id)])}><b class="method">${one.method}</b> ${one.target}</a>`,
  },
  { title: t("column.status"), cell: (one) => html`<${Outcome} request=${one} />` },
  { title: t("column.proxy"), cell: (one) => html`<a href=${href(["proxies", one.proxy])}>${one.proxy}</a>` },
  { title: t("column.host"), cell: (one) => one.host },
  { title: t("column.took"), numeric: true, cell: (one) => (one.took === null ? "" : took(one.took)) },
  { title: t("column.size"), numeric: true, cell: (one) => bytes(one.responseSize) },
  { title: t("column.at"), numeric: true, cell: (one) => html`<time title=${moment(one.at)}>${clock(one.at)}</time>` },
];
