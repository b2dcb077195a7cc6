/** The server at a glance: what it carries just now, what it has carried, what it is, and what happens. */
import {
  bytes,
  called,
  Card,
  counted,
  Empty,
  Facts,
  Figure,
  get,
  Happenings,
  Head,
  href,
  html,
  Loaded,
  number,
  t,
  useLoaded,
} from "../../kit.js";
import { Days } from "../../parts/days.js";
import { AllEvents } from "../../parts/events.js";
import { Now } from "./now.js";

export default function Overview({ menu }) {
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), []);
  const traffic = useLoaded((signal) => get("api/v2/system/traffic", {}, signal), []);
  const { data: nodes } = useLoaded((signal) => get("api/v2/nodes", {}, signal), []);
  return html`
    <${Head} title=${t("page.overview")} />
    <${Loaded} loaded=${info}>
      ${({ config, status, version }) => html`
        <${Figures} status=${status} nodes=${nodes} />
        <${Now} />
        <div class="cards">
          <${Card} title=${t("overview.week")} size="wide">
            <${Loaded} loaded=${traffic}>${({ history }) => html`<${Days} history=${history} />`}<//>
          <//>
          <${Card} title=${t("overview.types")}><${Types} counts=${status.proxyTypeCount} /><//>
          <${Largest} />
          <${Workers} nodes=${nodes} />
          <${Card} title=${t("overview.happenings")} size="wide" aside=${html`<${AllEvents} />`}><${Happenings} /><//>
          <${Card} title=${t("overview.server")}><${Server} config=${config} version=${menu.version} compatible=${version} /><//>
        </div>
      `}
    <//>
  `;
}

function Figures({ status, nodes }) {
  const proxies = Object.values(status.proxyTypeCount).reduce((sum, one) => sum + one, 0);
  const { data } = useLoaded((signal) => get("api/v2/refusals", { pageSize: 1 }, signal), []);
  return html`<div class="figures">
    <${Figure} label=${t("overview.clients")} value=${number(status.clientCounts)} to=${href(["clients"], { status: "online" })}
      note=${nodes?.length > 1 && !nodes[0].share && t("overview.nodes", { node: nodes[0].name, all: number(nodes.reduce((sum, one) => sum + one.clients, 0)) })} />
    <${Figure} label=${t("page.proxies")} value=${number(proxies)} to=${href(["proxies"], { status: "online" })}
      note=${data?.total > 0 && html`<a href=${href(["proxies"], { status: "refused" })}>${counted("overview.refused", data.total)}</a>`} />
    <${Figure} label=${t("overview.connections")} value=${number(status.curConns)} />
    <${Figure}
      label=${t("overview.today")}
      value=${bytes(status.totalTrafficIn + status.totalTrafficOut)}
      note=${t("traffic.both", { in: bytes(status.totalTrafficIn), out: bytes(status.totalTrafficOut) })}
    />
  </div>`;
}

function Types({ counts }) {
  const there = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort((one, other) => other[1] - one[1]);
  if (there.length === 0)
    return html`<${Empty} text=${t("overview.noProxies")} hint=${t("overview.noProxies.hint")} />`;
  return html`<ul class="shares">
    ${there.map(
      ([type, count]) => html`<li>
        <a href=${href(["proxies"], { type, status: "online" })}>${type}</a>
        <meter min="0" max=${there[0][1]} value=${count} aria-hidden="true" />
        <b>${number(count)}</b>
      </li>`,
    )}
  </ul>`;
}

/** The proxies that have carried the most today. */
function Largest() {
  const { data } = useLoaded((signal) => get("api/v2/proxies", { sort: "-traffic", pageSize: 8 }, signal), []);
  const traffic = ({ status }) => status.todayTrafficIn + status.todayTrafficOut;
  const shown = (data?.items ?? []).filter(traffic);
  if (shown.length === 0) return null;
  const all = html`<a href=${href(["proxies"], { sort: "-traffic" })}>${t("filter.all")}</a>`;
  return html`<${Card} title=${t("overview.largest")} size="wide" aside=${all}>
    <ul class="shares named">
      ${shown.map(
        (one) => html`<li>
          <a href=${href(["proxies", one.name])}>${called(one.name)}</a>
          <meter min="0" max=${traffic(shown[0])} value=${traffic(one)} aria-hidden="true" />
          <b>${bytes(traffic(one))}</b>
        </li>`,
      )}
    </ul>
  <//>`;
}

/** Where frps is several processes: what each has of the sums above. */
function Workers({ nodes }) {
  const workers = (nodes ?? []).filter(({ share }) => share);
  if (workers.length === 0) return null;
  const carried = ({ share }) => share.todayTrafficIn + share.todayTrafficOut;
  const most = Math.max(...workers.map(carried), 1);
  return html`<${Card} title=${t("overview.workers")} size="wide">
    <ul class="shares named">
      ${workers.map(
        (one) => html`<li>
          <span>${one.name} <span class="dim">${t("overview.worker", { clients: number(one.clients), connections: number(one.share.curConns) })}</span></span>
          <meter min="0" max=${most} value=${carried(one)} aria-hidden="true" />
          <b>${bytes(carried(one))}</b>
        </li>`,
      )}
    </ul>
  <//>`;
}

/** A port of 0 is none. */
const Server = ({ config, version, compatible }) => html`<${Facts}
  items=${[
    [t("server.version"), version],
    [t("server.compatible"), compatible],
    [t("server.bindPort"), config.bindPort],
    [t("server.kcp"), config.kcpBindPort],
    [t("server.quic"), config.quicBindPort],
    [t("server.http"), config.vhostHTTPPort],
    [t("server.https"), config.vhostHTTPSPort],
    [t("server.tcpmux"), config.tcpmuxHTTPConnectPort],
    [t("server.subdomainHost"), config.subdomainHost],
    [t("server.pool"), String(config.maxPoolCount)],
    [t("server.portsPerClient"), config.maxPortsPerClient > 0 ? String(config.maxPortsPerClient) : t("server.noLimit")],
    [t("server.allowPorts"), config.allowPortsStr],
    [t("server.tls"), config.tlsForce && t("server.tls.forced")],
    [
      t("server.heartbeat"),
      config.heartbeatTimeout > 0 ? t("time.seconds", { count: config.heartbeatTimeout }) : t("state.off"),
    ],
  ].map(([label, value]) => [label, value === 0 ? "" : value])}
/>`;
