import {
  ago,
  ask,
  attempt,
  Card,
  counted,
  Empty,
  Facts,
  get,
  Head,
  href,
  html,
  Loaded,
  Missing,
  moment,
  number,
  Pager,
  pageSize,
  remove,
  Search,
  segment,
  Status,
  t,
  Table,
  useLoaded,
} from "../../kit.js";
import { columns } from "../proxies/rows.js";
import { nameOf } from "./list.js";

/** One client, and its proxies. */
export function Client({ name, query }) {
  const client = useLoaded((signal) => get(`api/v2/clients/${segment(name)}`, {}, signal), [name]);
  const missing = html`<${Missing} text=${t("clients.missing", { name })} to=${href(["clients"])} label=${t("page.clients")} />`;
  return html`<${Loaded} loaded=${client} missing=${missing}>
    ${(one) => html`
      <${Head}
        back=${{ to: href(["clients"]), label: t("page.clients") }}
        title=${nameOf(one)}
        about=${html`<${Status} status=${one.status.phase} /> ${one.clientIP} ${one.hostname}`}
      >
        ${one.online && html`<button class="danger" onClick=${() => kick(one).then(client.reload)}>${t("clients.kick")}</button>`}
      <//>
      <${Card} title=${t("details.about")} size="full"><${About} client=${one} /><//>
      <${Proxies} client=${one} query=${query} />
    `}
  <//>`;
}

async function kick(client) {
  const answer = await ask({
    title: t("clients.kick.title", { name: nameOf(client) }),
    text: t("clients.kick.text"),
    reason: t("ask.reason"),
    yes: t("clients.kick"),
    danger: true,
  });
  if (answer === null) return;
  const why = new URLSearchParams(answer.reason ? { reason: answer.reason } : {});
  await attempt(
    () => remove(`api/v2/clients/${segment(client.key)}?${why}`),
    t("clients.kicked", { name: nameOf(client) }),
  );
}

const when = (at) => at && html`<time title=${moment(at)}>${ago(at)}</time>`;

const About = ({ client }) => html`<${Facts}
  items=${[
    [t("overview.connections"), number(client.status.curConns)],
    [t("column.user"), client.user],
    [t("details.runId"), html`<code>${client.runID}</code>`],
    [t("column.version"), client.version],
    [t("details.protocol"), client.wireProtocol],
    [t("details.first"), when(client.firstConnectedAt)],
    [t("details.connected"), when(client.lastConnectedAt)],
    [t("details.left"), !client.online && when(client.disconnectedAt)],
  ]}
/>`;

function Proxies({ client, query }) {
  const size = pageSize(query);
  const page = Number(query.page || 1);
  const asked = { page, pageSize: size, q: query.q, clientID: client.clientID };
  // Those of nobody are asked for by a user that is there, and empty.
  const path = `api/v2/proxies?user=${segment(client.user)}`;
  const info = useLoaded((signal) => get("api/v2/system/info", {}, signal), [], { live: false });
  const proxies = useLoaded((signal) => get(path, asked, signal), [path, JSON.stringify(asked)]);
  return html`<${Card} title=${t("page.proxies")} aside=${html`<${Search} value=${query.q} label=${t("proxies.search")} />`}>
    <${Loaded} loaded=${proxies}>
      ${({ items, total }) =>
        total === 0
          ? html`<${Empty} text=${t("proxies.none")} hint=${query.q && t("filter.none")} />`
          : html`<${Table}
                label=${counted("pager.total", total)}
                columns=${columns(info.data?.config, { client: false })}
                rows=${items}
                id=${(one) => one.name}
              />
              <${Pager} total=${total} page=${page} size=${size} />`}
    <//>
  <//>`;
}
