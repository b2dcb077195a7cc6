import {
  ask,
  attempt,
  Choice,
  get,
  Head,
  html,
  Listing,
  post,
  Search,
  t,
  useListed,
  useLoaded,
  withKnown,
} from "../../kit.js";
import { Phases, Users } from "../clients/filters.js";
import { columns } from "./rows.js";

/** All that are here, or were. */
export function Proxies({ query }) {
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), []);
  const proxies = useListed("api/v2/proxies", query, ["status", "type", "user", "q"]);
  // Types that a package has brought are known once somebody has used them.
  const types = withKnown(Object.keys(info.data?.status.proxyTypeCount ?? {}));
  return html`
    <${Head} title=${t("page.proxies")}>
      <button onClick=${() => prune().then(proxies.reload)}>${t("proxies.prune")}</button>
    <//>
    <div class="filters">
      <${Phases} value=${query.status} />
      <${Choice}
        name="type"
        value=${query.type}
        label=${t("column.type")}
        options=${[["", t("filter.types")], ...types.map((one) => [one, one])]}
      />
      <${Users} value=${query.user} />
      <${Search} value=${query.q} label=${t("proxies.search")} />
    </div>
    <${Listing}
      listed=${proxies}
      label=${t("page.proxies")}
      columns=${columns(info.data?.config)}
      id=${(one) => one.name}
      none=${t("proxies.none")}
      hint=${t("overview.noProxies.hint")}
    />
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
