import {
  Address,
  Ago,
  ask,
  attempt,
  bytes,
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
  post,
  segment,
  Status,
  t,
  useLoaded,
} from "../../kit.js";
import { Days } from "../../parts/days.js";
import { addressesOf, clientOf, specOf, statusOf } from "./rows.js";

/** One proxy: where it is reached, what it carries, and what is known of its configuration. */
export function Proxy({ name }) {
  const path = `api/v2/proxies/${segment(name)}`;
  const proxy = useLoaded((signal) => get(path, {}, signal), [name]);
  const traffic = useLoaded((signal) => get(`${path}/traffic`, {}, signal), [name]);
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), [], { live: false });
  const missing = html`<${Missing} text=${t("proxies.missing", { name })} to=${href(["proxies"])} label=${t("page.proxies")} />`;
  return html`<${Loaded} loaded=${proxy} missing=${missing}>
    ${(one) => html`
      <${Head}
        back=${{ to: href(["proxies"]), label: t("page.proxies") }}
        title=${one.name}
        about=${html`<${Status} status=${statusOf(one)} /> <span class="tag">${one.spec.type}</span>
          ${one.clientID && html`<a href=${href(["clients", clientOf(one)])}>${clientOf(one)}</a>`}`}
      >
        <button class=${one.disabled ? "" : "danger"} onClick=${() => toggle(one, path).then(proxy.reload)}>
          ${t(one.disabled ? "proxies.enable" : "proxies.disable")}
        </button>
      <//>
      ${one.disabled && html`<p class="banner warn">${t("proxies.disabled", { why: one.disabled })}</p>`}
      <${Figures} status=${one.status} />
      <div class="cards">
        <${Card} title=${t("overview.week")} size="wide">
          <${Loaded} loaded=${traffic}>${({ history }) => html`<${Days} history=${history} />`}<//>
        <//>
        <${Card} title=${t("details.config")}><${Configuration} proxy=${one} server=${info.data?.config} /><//>
      </div>
    `}
  <//>`;
}

async function toggle(proxy, path) {
  const { name } = proxy;
  if (proxy.disabled) {
    await attempt(() => post(`${path}/enable`, {}), t("proxies.enabled", { name }));
    return;
  }
  const answer = await ask({
    title: t("proxies.disable.title", { name }),
    text: t("proxies.disable.text"),
    reason: t("ask.reason"),
    yes: t("proxies.disable"),
    danger: true,
  });
  if (answer !== null) await attempt(() => post(`${path}/disable`, answer), t("proxies.closed", { name }));
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
