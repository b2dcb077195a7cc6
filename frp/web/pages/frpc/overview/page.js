/** The client at a glance: its servers, what its proxies and visitors do, and what happens. */
import {
  Ago,
  Card,
  Empty,
  Figure,
  get,
  Happenings,
  Head,
  href,
  html,
  Loaded,
  number,
  Status,
  t,
  Table,
  useLoaded,
  Why,
} from "../../kit.js";
import { AllEvents } from "../../parts/events.js";
import { standing } from "../../parts/status.js";
import { Unusable } from "../requests/unusable.js";

export default function Overview() {
  const servers = useLoaded((signal) => get("api/servers", {}, signal), []);
  const proxies = useLoaded((signal) => get("api/v2/proxies", {}, signal), []);
  const visitors = useLoaded((signal) => get("api/v2/visitors", {}, signal), []);
  const inspecting = useLoaded((signal) => get("api/v2/inspecting", {}, signal), []);
  return html`
    <${Head} title=${t("page.overview")} />
    <${Unusable} files=${inspecting.data?.files ?? []} />
    <${Loaded} loaded=${proxies}>${(all) => html`<${Figures} proxies=${all} visitors=${visitors.data ?? []} />`}<//>
    <div class="cards">
      <${Card} title=${t("overview.servers")} size="wide">
        <${Loaded} loaded=${servers}>${(all) => html`<${Table} label=${t("overview.servers")} columns=${columns(all)} rows=${all} id=${(one) => one.addr} />`}<//>
      <//>
      <${Card} title=${t("overview.troubles")}>
        <${Loaded} loaded=${proxies}>${(all) => html`<${Troubles} servers=${servers.data ?? []} proxies=${all} visitors=${visitors.data ?? []} />`}<//>
      <//>
    </div>
    <${Card} title=${t("overview.happenings")} aside=${html`<${AllEvents} />`}><${Happenings} /><//>
  `;
}

function Figures({ proxies, visitors }) {
  const count = (how) => number(proxies.filter((one) => standing(one) === how).length);
  const unreached = proxies.some((one) => one.service_err);
  return html`<div class="figures">
    <${Figure} label=${t("overview.running")} value=${count("online")} to=${href(["proxies"], { status: "online" })}
      note=${unreached && html`<a href=${href(["proxies"], { status: "unreached" })}>${t("overview.unreached", { count: count("unreached") })}</a>`} />
    <${Figure} label=${t("overview.failed")} value=${count("error")} to=${href(["proxies"], { status: "error" })} />
    <${Figure} label=${t("overview.waiting")} value=${count("waiting")} to=${href(["proxies"], { status: "waiting" })} />
    <${Figure} label=${t("page.visitors")} value=${number(visitors.length)} to=${href(["visitors"])} />
  </div>`;
}

/** Where there is one server only, it has no name. */
const columns = (servers) => [
  ...(servers.some((one) => one.name) ? [{ title: t("column.server"), head: true, cell: (one) => one.name }] : []),
  { title: t("column.address"), cell: (one) => html`<code>${one.addr}</code>` },
  {
    title: t("column.status"),
    cell: (one) =>
      html`<span><${Status} status=${one.status} />${one.err && html`<div><${Why} text=${one.err} /></div>`}</span>`,
  },
];

/** Why it does not run, or why its users do not come through. */
const troubleOf = (one) => one.err || one.service_err;

/** One that is not wanted now is in nobody's way. */
const away = (server) => server.err && !["connected", "idle"].includes(server.status);

/** What does not run, and why. */
function Troubles({ servers, proxies, visitors }) {
  const wrong = [...proxies.map((one) => ["proxies", one]), ...visitors.map((one) => ["visitors", one])].filter(
    ([, one]) => troubleOf(one),
  );
  const lost = servers.filter(away);
  if (wrong.length === 0 && lost.length === 0) return html`<${Empty} text=${t("overview.noTroubles")} />`;
  return html`<ol class="happenings">
    ${lost.map(
      (one) => html`<li>
        <div>${t("overview.server.lost", { name: one.name || one.addr })}<${Why} text=${one.err} /></div>
        <${Status} status=${one.status} />
      </li>`,
    )}
    ${wrong.map(
      ([page, one]) => html`<li>
        <div><a href=${href([page, one.name])}>${one.name}</a><${Why} text=${troubleOf(one)} /></div>
        <${Status} status=${one.err ? one.status : "unreached"} />
        ${!one.err && html`<${Ago} at=${one.service_err_at} dim />`}
      </li>`,
    )}
  </ol>`;
}
