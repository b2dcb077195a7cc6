import {
  Address,
  Ago,
  bytes,
  called,
  Card,
  Facts,
  Figure,
  get,
  Head,
  href,
  html,
  Loaded,
  Missing,
  number,
  Pairs,
  segment,
  Status,
  t,
  useLoaded,
} from "../../kit.js";
import { Days } from "../../parts/days.js";
import { Toggle } from "../clients/disabled.js";
import { Refused } from "./refused.js";
import { addressesOf, clientOf, specOf, statusOf } from "./rows.js";

/** One that is here or was, or one that somebody wants: it need not be known. */
export function Proxy({ name }) {
  // One that has lost its name is asked for by a name that is there, and empty.
  const path = `api/v2/proxies?${new URLSearchParams({ name })}`;
  const proxy = useLoaded((signal) => get(path, {}, signal), [name]);
  return html`<${Loaded} loaded=${proxy}>
    ${({ items }) =>
      items.length > 0
        ? html`<${Known} one=${items[0]} reload=${proxy.reload} />`
        : html`<${Unknown} name=${name} />`}
  <//>`;
}

/** Where it is reached, what it carries, and what is known of its configuration. */
function Known({ one, reload }) {
  const { name } = one;
  const traffic = useLoaded((signal) => get(`api/v2/proxies/${segment(name)}/traffic`, {}, signal), [name]);
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), [], { live: false });
  return html`
    <${Head}
      back=${back()}
      title=${called(name)}
      about=${html`<${Status} status=${statusOf(one)} /> <span class="tag">${one.spec.type}</span>
        ${one.clientID && html`<a href=${href(["clients", clientOf(one)])}>${clientOf(one)}</a>`}`}
    >
      <${Toggle} what="proxies" name=${name} disabled=${one.disabled} then=${reload} />
    <//>
    ${
      one.disabled
        ? html`<p class="banner warn">${t("proxies.disabled", { why: one.disabled })}</p>`
        : name === ""
          ? html`<p class="banner warn">${t("proxies.nameless.why")}</p>`
          : html`<${Refused} asked=${{ name }} />`
    }
    <${Figures} status=${one.status} />
    <div class="cards">
      <${Card} title=${t("overview.week")} size="wide">
        <${Loaded} loaded=${traffic}>${({ history }) => html`<${Days} history=${history} />`}<//>
      <//>
      <${Card} title=${t("details.config")}>
        <${Configuration} proxy=${one} server=${info.data?.config} />
        ${statusOf(one) === "online" && html`<p class="dim">${t("proxies.service")}</p>`}
      <//>
    </div>
  `;
}

const back = () => ({ to: href(["proxies"]), label: t("page.proxies") });

/** One that has never been open: somebody may want it. */
const Unknown = ({ name }) => html`
  <${Head} back=${back()} title=${name} />
  <${Refused}
    asked=${{ name }}
    otherwise=${html`<${Missing} text=${t("proxies.missing", { name })} to=${href(["proxies"])} label=${t("page.proxies")} />`}
  />
`;

const when = (at) => (at ? html`<${Ago} at=${at} />` : "–");

const Figures = ({ status }) => html`<div class="figures">
  <${Figure} label=${t("overview.connections")} value=${number(status.curConns)} />
  <${Figure}
    label=${t("overview.today")}
    value=${bytes(status.todayTrafficIn + status.todayTrafficOut)}
    note=${t("traffic.both", { in: bytes(status.todayTrafficIn), out: bytes(status.todayTrafficOut) })}
  />
  <${Figure} label=${t("details.started")} value=${when(status.lastStartAt)} />
  <${Figure} label=${t("details.closed")} value=${when(status.lastCloseAt)} />
</div>`;

const yesNo = (value) => t(value ? "state.on" : "state.off");

function Configuration({ proxy, server }) {
  const spec = specOf(proxy);
  if (Object.keys(spec).length === 0) return html`<p class="dim">${t("details.away")}</p>`;
  const { transport = {}, loadBalancer = {} } = spec;
  return html`<${Facts}
    items=${[
      [t("column.address"), list(addressesOf(proxy, server).map((one) => html`<${Address} text=${one} />`))],
      [t("details.locations"), list((spec.locations ?? []).map((one) => html`<code>${one}</code>`))],
      [t("details.rewrite"), spec.hostHeaderRewrite],
      [t("details.multiplexer"), spec.multiplexer],
      [t("details.route"), spec.routeByHTTPUser],
      [t("details.encryption"), yesNo(transport.useEncryption)],
      [t("details.compression"), yesNo(transport.useCompression)],
      [
        t("details.bandwidth"),
        transport.bandwidthLimit && `${transport.bandwidthLimit} (${transport.bandwidthLimitMode})`,
      ],
      [t("details.group"), loadBalancer.group],
      [t("details.annotations"), spec.annotations && html`<${Pairs} items=${spec.annotations} />`],
      [t("details.metadatas"), spec.metadatas && html`<${Pairs} items=${spec.metadatas} />`],
    ]}
  />`;
}

const list = (items) => items.length > 0 && items.map((one) => html`<div>${one}</div>`);
