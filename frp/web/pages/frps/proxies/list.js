import {
  ask,
  attempt,
  Choice,
  counted,
  get,
  Head,
  html,
  Listing,
  notice,
  post,
  Search,
  t,
  useListed,
  useLoaded,
  useState,
  withKnown,
} from "../../kit.js";
import { Disabled } from "../clients/disabled.js";
import { Phases, Users } from "../clients/filters.js";
import { RefusedListing } from "./refused.js";
import { addressed, columns, id } from "./rows.js";

/** All that are here, or were, and what is not. */
export function Proxies({ query }) {
  const [pruned, setPruned] = useState(0);
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), []);
  // Types that a package has brought are known once somebody has used them.
  const types = withKnown(Object.keys(info.data?.status.proxyTypeCount ?? {}));
  return html`
    <${Head} title=${t("page.proxies")}>
      <button onClick=${() => prune().then(() => setPruned(pruned + 1))}>${t("proxies.prune")}</button>
    <//>
    <div class="filters">
      <${Phases} value=${query.status} />
      ${
        query.status !== "disabled" &&
        html`<${Choice}
            name="type"
            value=${query.type}
            label=${t("column.type")}
            options=${[["", t("filter.types")], ...types.map((one) => [one, one])]}
          />
          <${Users} value=${query.user} />`
      }
      <${Search} value=${query.q} label=${t("proxies.search")} />
    </div>
    <${Rows} key=${pruned} query=${query} config=${info.data?.config} />
  `;
}

function Rows({ query, config }) {
  if (query.status === "refused") return html`<${RefusedListing} query=${query} />`;
  if (query.status === "disabled") return html`<${Disabled} what="proxies" query=${query} />`;
  return html`<${Known} query=${query} config=${config} />`;
}

const Known = ({ query, config }) => html`<${Listing}
  listed=${useListed("api/v2/proxies", { ...query, search: addressed(query.q) }, ["status", "type", "user", "search"], {
    sort: query.sort ?? "",
    wanted: true,
  })}
  label=${t("page.proxies")}
  columns=${columns(config)}
  id=${id}
  none=${t("proxies.none")}
  hint=${t("overview.noProxies.hint")}
/>`;

async function prune() {
  const { total } = await get("api/v2/proxies", { status: "offline", pageSize: 1 });
  if (total === 0) {
    notice(t("proxies.prune.none"));
    return;
  }
  const answer = await ask({
    title: counted("proxies.prune.title", total),
    text: t("proxies.prune.text"),
    yes: t("proxies.prune"),
    danger: true,
  });
  if (answer !== null) await attempt(() => post("api/v2/system/prune?type=offline_proxies"), t("proxies.pruned"));
}
