import { Ago, Head, href, html, Listing, Search, Status, t, useListed } from "../../kit.js";
import { Phases, Users } from "./filters.js";

/** All that are here, or were. */
export function Clients({ query }) {
  const clients = useListed("api/v2/clients", query, ["status", "q", "user"]);
  return html`
    <${Head} title=${t("page.clients")} />
    <div class="filters">
      <${Phases} value=${query.status} />
      <${Users} value=${query.user} />
      <${Search} value=${query.q} label=${t("clients.search")} />
    </div>
    <${Listing}
      listed=${clients}
      label=${t("page.clients")}
      columns=${columns()}
      id=${(one) => one.key}
      none=${t("clients.none")}
      hint=${t("clients.none.hint")}
    />
  `;
}

export const nameOf = (client) => (client.user ? `${client.user}.${client.clientID}` : client.clientID);

const columns = () => [
  {
    title: t("column.client"),
    head: true,
    cell: (one) => html`<a href=${href(["clients", one.key])}>${nameOf(one)}</a>`,
  },
  { title: t("column.status"), cell: (one) => html`<${Status} status=${one.online ? "online" : "offline"} />` },
  { title: t("column.host"), cell: (one) => html`${one.hostname} <span class="dim">${one.clientIP}</span>` },
  { title: t("column.version"), cell: (one) => html`${one.version} <span class="dim">${one.wireProtocol}</span>` },
  { title: t("column.since"), numeric: true, cell: (one) => html`<${Since} client=${one} />` },
];

function Since({ client }) {
  const at = client.online ? client.lastConnectedAt : client.disconnectedAt;
  return at ? html`<${Ago} at=${at} />` : "";
}
