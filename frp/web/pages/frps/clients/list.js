import { Ago, counted, Head, href, html, Listing, Search, Status, t, useListed } from "../../kit.js";
import { carried } from "../proxies/rows.js";
import { Disabled } from "./disabled.js";
import { Phases, Users } from "./filters.js";
import { RefusedLogins } from "./refused.js";

/** All that are here, or were. */
export const Clients = ({ query }) => html`
  <${Head} title=${t("page.clients")} />
  <div class="filters">
    <${Phases} value=${query.status} />
    ${query.status !== "disabled" && html`<${Users} value=${query.user} />`}
    <${Search} value=${query.q} label=${t("clients.search")} />
  </div>
  <${Rows} query=${query} />
`;

function Rows({ query }) {
  if (query.status === "disabled") return html`<${Disabled} what="clients" query=${query} />`;
  if (query.status === "refused") return html`<${Refused} query=${query} />`;
  return html`<${Known} query=${query} />`;
}

/** Who was not let in; and who is here, and has not all that it wants. */
const Refused = ({ query }) => html`
  <${RefusedLogins} asked=${{ user: query.user, q: query.q }} />
  <${Known} query=${{ ...query, status: "", refused: "true" }} none=${t("refused.none")} hint=${t("refused.none.hint")} />
`;

function Known({ query, none = t("clients.none"), hint = t("clients.none.hint") }) {
  const clients = useListed("api/v2/clients", { ...query, search: query.q }, ["status", "refused", "search", "user"], {
    sort: query.sort ?? "",
    sums: true,
  });
  return html`<${Listing}
    listed=${clients}
    label=${t("page.clients")}
    columns=${columns()}
    id=${(one) => one.key}
    none=${none}
    hint=${hint}
  />`;
}

/** Where all that it wants is open, it is well. */
export function Standing({ client }) {
  if (client.disabled) return html`<${Status} status="disabled" />`;
  if (!client.refused) return html`<${Status} status=${client.online ? "online" : "offline"} />`;
  return html`<${Status} status="refused" text=${counted("clients.refused", client.refused)} />`;
}

const columns = () => [
  {
    title: t("column.client"),
    sort: "name",
    head: true,
    cell: (one) => html`<a href=${href(["clients", one.key])}>${one.key}</a>`,
  },
  { title: t("column.status"), sort: "status", cell: (one) => html`<${Standing} client=${one} />` },
  { title: t("column.host"), sort: "host", cell: (one) => html`${one.hostname} <span class="dim">${one.clientIP}</span>` },
  { title: t("column.version"), sort: "version", cell: (one) => html`${one.version} <span class="dim">${one.wireProtocol}</span>` },
  ...carried((one) => one.sums),
  { title: t("column.since"), sort: "since", numeric: true, cell: (one) => html`<${Since} client=${one} />` },
];

function Since({ client }) {
  const at = client.online ? client.lastConnectedAt : client.disconnectedAt;
  return at ? html`<${Ago} at=${at} />` : "";
}
