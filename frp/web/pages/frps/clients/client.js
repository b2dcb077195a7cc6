import {
  Ago,
  ask,
  attempt,
  bytes,
  Card,
  counted,
  Facts,
  get,
  Head,
  href,
  html,
  Listing,
  Loaded,
  Missing,
  number,
  Pairs,
  remove,
  Search,
  segment,
  t,
  useListed,
  useLoaded,
} from "../../kit.js";
import { EventsOf } from "../../parts/events.js";
import { Refused } from "../proxies/refused.js";
import { addressed, columns, id } from "../proxies/rows.js";
import { Toggle } from "./disabled.js";
import { Standing } from "./list.js";
import { RefusedLogins } from "./refused.js";

/** One without a client ID has its run id in place of it, which another one has when it is started again. */
const named = (client) => client.clientID !== client.runID;

/** One client, and its proxies. */
export function Client({ name, query }) {
  const client = useLoaded((signal) => get(`api/v2/clients/${segment(name)}`, { sums: true }, signal), [name]);
  const missing = html`<${Unknown} name=${name} />`;
  return html`<${Loaded} loaded=${client} missing=${missing}>
    ${(one) => html`
      <${Head}
        back=${{ to: href(["clients"]), label: t("page.clients") }}
        title=${one.key}
        about=${html`<${Standing} client=${one} /> ${one.clientIP} ${one.hostname}`}
      >
        ${one.online && html`<button class="danger" onClick=${() => kick(one).then(client.reload)}>${t("clients.kick")}</button>`}
        ${named(one) && html`<${Toggle} what="clients" name=${one.key} disabled=${one.disabled} then=${client.reload} />`}
      <//>
      ${one.disabled && html`<p class="banner warn">${t("clients.disabled", { why: one.disabled })}</p>`}
      <${Refused} asked=${{ client: one.key }} />
      <${Card} title=${t("details.about")} size="full"><${About} client=${one} /><//>
      <${Proxies} client=${one} query=${query} />
      <${EventsOf} client=${one.key} />
    `}
  <//>`;
}

/** One that is not here: it may have been kept out. */
const Unknown = ({ name }) => html`
  <${Head} back=${{ to: href(["clients"]), label: t("page.clients") }} title=${name} />
  <${RefusedLogins}
    asked=${{ client: name }}
    otherwise=${html`<${Missing} text=${t("clients.missing", { name })} to=${href(["clients"])} label=${t("page.clients")} />`}
  />
`;

async function kick(client) {
  const answer = await ask({
    title: t("clients.kick.title", { name: client.key }),
    text: t(named(client) ? "clients.kick.text" : "clients.kick.nameless"),
    reason: t("ask.reason"),
    yes: t("clients.kick"),
    danger: true,
  });
  if (answer === null) return;
  const why = new URLSearchParams(answer.reason ? { reason: answer.reason } : {});
  await attempt(
    () => remove(`api/v2/clients/${segment(client.key)}?${why}`),
    t("clients.kicked", { name: client.key }),
  );
}

const when = (at) => at && html`<${Ago} at=${at} />`;

const About = ({ client }) => html`<${Facts}
  items=${[
    [t("overview.connections"), number(client.status.curConns)],
    [t("overview.today"), t("traffic.both", { in: bytes(client.sums.todayTrafficIn), out: bytes(client.sums.todayTrafficOut) })],
    [t("column.user"), client.user],
    [t("details.clientId"), named(client) && html`<code>${client.clientID}</code>`],
    [t("details.runId"), client.runID && html`<code>${client.runID}</code>`],
    [t("details.worker"), client.node],
    [t("column.version"), client.version],
    [t("details.protocol"), client.wireProtocol],
    [t("details.first"), when(client.firstConnectedAt)],
    [t("details.connected"), when(client.lastConnectedAt)],
    [t("details.left"), !client.online && when(client.disconnectedAt)],
    [t("details.leftWhy"), client.leftWhy],
    [t("details.metadatas"), client.metadatas && html`<${Pairs} items=${client.metadatas} />`],
    [t("details.kick"), client.kick && html`${when(client.kick.at)}${client.kick.reason && `: ${client.kick.reason}`}`],
  ]}
/>`;

function Proxies({ client, query }) {
  // Those of nobody are asked for by a user that is there, and empty.
  const path = `api/v2/proxies?${new URLSearchParams({ user: client.user, clientID: client.clientID })}`;
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), [], { live: false });
  const proxies = useListed(path, { ...query, search: addressed(query.q) }, ["search"], { sort: query.sort ?? "", wanted: true });
  return html`<${Card} title=${t("page.proxies")} aside=${html`<${Search} value=${query.q} label=${t("proxies.search")} />`}>
    <${Listing}
      listed=${proxies}
      label=${counted("pager.total", proxies.data?.total ?? 0)}
      columns=${columns(info.data?.config, { client: false })}
      id=${id}
      none=${t("proxies.none")}
    />
  <//>`;
}
