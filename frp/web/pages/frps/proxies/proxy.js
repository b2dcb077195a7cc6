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
  const proxy = useLoaded((signal) => get(path, { wanted: true }, signal), [name]);
  return html`<${Loaded} loaded=${proxy}>
    ${({ items }) =>
      items.length > 0
        ? html`<${Known} one=${foremost(items)} reload=${proxy.reload} />`
        : html`<${Missing} text=${t("proxies.missing", { name })} to=${href(["proxies"])} label=${t("page.proxies")} />`}
  <//>`;
}

/** Clients may share a name: what one has comes before what another wants, and that before what has been. */
const foremost = (items) =>
  items.find((one) => one.status.phase === "online") ??
  items.find((one) => one.refused) ??
  items.find((one) => !one.status.lastStartAt) ??
  items[0];

/** Where it is reached, what it carries, and what is known of its configuration. */
function Known({ one, reload }) {
  const { name } = one;
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), [], { live: false });
  return html`
    <${Head}
      back=${{ to: href(["proxies"]), label: t("page.proxies") }}
      title=${called(name)}
      about=${html`<${Status} status=${statusOf(one)} /> <span class="tag">${one.spec.type}</span>
        ${one.clientID && html`<a href=${href(["clients", clientOf(one)])}>${clientOf(one)}</a>`}`}
    >
      <${Toggle} what="proxies" name=${name} disabled=${one.disabled} then=${reload} />
    <//>
    <${Trouble} one=${one} />
    ${
      /* Of one that its client has never had, nothing else is known. */
      one.status.lastStartAt &&
      html`<${Figures} status=${one.status} />
      <div class="cards">
        <${Card} title=${t("overview.week")} size="wide"><${Week} name=${name} /><//>
        <${Card} title=${t("details.config")}>
          <${Configuration} proxy=${one} server=${info.data?.config} />
          ${statusOf(one) === "online" && html`<p class="dim">${t("proxies.service")}</p>`}
        <//>
      </div>`
    }
  `;
}

/** Why it is not as its client wants it. */
function Trouble({ one: { name, disabled } }) {
  if (disabled) return html`<p class="banner warn">${t("proxies.disabled", { why: disabled })}</p>`;
  if (name === "") return html`<p class="banner warn">${t("proxies.nameless.why")}</p>`;
  return html`<${Refused} asked=${{ name }} />`;
}

function Week({ name }) {
  const traffic = useLoaded((signal) => get(`api/v2/proxies/${segment(name)}/traffic`, {}, signal), [name]);
  return html`<${Loaded} loaded=${traffic}>${({ history }) => html`<${Days} history=${history} />`}<//>`;
}

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
      [t("details.worker"), proxy.node],
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
