import {
  ask,
  attempt,
  Choice,
  Empty,
  get,
  Head,
  html,
  Loaded,
  Pager,
  pageSize,
  post,
  Search,
  t,
  Table,
  Tabs,
  useLoaded,
  withKnown,
} from "../../kit.js";
import { useUsers } from "../clients/users.js";
import { columns } from "./rows.js";

/** All that are here, or were. */
export function Proxies({ query }) {
  const size = pageSize(query);
  const page = Number(query.page || 1);
  const asked = { page, pageSize: size, status: query.status, type: query.type, user: query.user, q: query.q };
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), []);
  const proxies = useLoaded((signal) => get("api/v2/proxies", asked, signal), [JSON.stringify(asked)]);
  const users = useUsers();
  // Types that a package has brought are known once somebody has used them.
  const types = withKnown(Object.keys(info.data?.status.proxyTypeCount ?? {}));
  const filtered = query.q || query.status || query.type || query.user;
  return html`
    <${Head} title=${t("page.proxies")}>
      <button onClick=${() => prune().then(proxies.reload)}>${t("proxies.prune")}</button>
    <//>
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
      <${Choice}
        name="type"
        value=${query.type}
        label=${t("column.type")}
        options=${[["", t("filter.types")], ...types.map((one) => [one, one])]}
      />
      ${users.length > 0 && html`<${Choice} name="user" value=${query.user} label=${t("column.user")} options=${users} />`}
      <${Search} value=${query.q} label=${t("proxies.search")} />
    </div>
    <${Loaded} loaded=${proxies}>
      ${({ items, total }) =>
        total === 0
          ? html`<${Empty} text=${t("proxies.none")} hint=${filtered ? t("filter.none") : t("overview.noProxies.hint")} />`
          : html`<${Table} label=${t("page.proxies")} columns=${columns(info.data?.config)} rows=${items} id=${(one) => one.name} />
              <${Pager} total=${total} page=${page} size=${size} />`}
    <//>
  `;
}

async function prune() {
  const answer = await ask({
    title: t("proxies.prune.title"),
    text: t("proxies.prune.text"),
    yes: t("proxies.prune"),
    danger: true,
  });
  if (answer !== null) await attempt(() => post("api/v2/system/prune?type=offline_proxies"), t("proxies.pruned"));
}
