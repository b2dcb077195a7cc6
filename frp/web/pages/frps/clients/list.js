import {
  ago,
  Choice,
  Empty,
  get,
  Head,
  href,
  html,
  Loaded,
  moment,
  Pager,
  pageSize,
  Search,
  Status,
  t,
  Table,
  Tabs,
  useLoaded,
} from "../../kit.js";
import { useUsers } from "./users.js";

/** All that are here, or were. */
export function Clients({ query }) {
  const size = pageSize(query);
  const page = Number(query.page || 1);
  const asked = { page, pageSize: size, status: query.status, q: query.q, user: query.user };
  const clients = useLoaded((signal) => get("api/v2/clients", asked, signal), [JSON.stringify(asked)]);
  const users = useUsers();
  return html`
    <${Head} title=${t("page.clients")} />
    <div class="filters">
      <${Tabs}
        name="status"
        value=${query.status}
        label=${t("column.status")}
        options=${[
          ["", t("filter.all")],
          ["online", t("status.online")],
          ["offline", t("status.offline")],
        ]}
      />
      ${users.length > 0 && html`<${Choice} name="user" value=${query.user} label=${t("column.user")} options=${users} />`}
      <${Search} value=${query.q} label=${t("clients.search")} />
    </div>
    <${Loaded} loaded=${clients}>
      ${({ items, total }) =>
        total === 0
          ? html`<${Empty} text=${t("clients.none")} hint=${query.q || query.status || query.user ? t("filter.none") : t("clients.none.hint")} />`
          : html`<${Table} label=${t("page.clients")} columns=${columns()} rows=${items} id=${(one) => one.key} />
              <${Pager} total=${total} page=${page} size=${size} />`}
    <//>
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
  return at ? html`<time title=${moment(at)}>${ago(at)}</time>` : "";
}
