/** What a list says of a proxy. */
import { Address, bytes, called, href, html, Icon, number, Status, t } from "../../kit.js";

export const specOf = (proxy) => proxy.spec[proxy.spec.type] ?? {};

export const clientOf = (proxy) => (proxy.user ? `${proxy.user}.${proxy.clientID}` : proxy.clientID);

export const statusOf = (proxy) => (proxy.disabled ? "disabled" : proxy.status.phase);

const SCHEMES = {
  http: ["http://", "vhostHTTPPort", 80],
  https: ["https://", "vhostHTTPSPort", 443],
  tcpmux: ["", "tcpmuxHTTPConnectPort", 0],
};

/**
 * Where its users reach it; the server knows its own port, and the name by which the browser found it.
 *
 * @param {object=} config of the server
 * @returns {string[]}
 */
export function addressesOf(proxy, config) {
  const spec = specOf(proxy);
  const { type } = proxy.spec;
  if (spec.remotePort) return [`${type}://${location.hostname}:${spec.remotePort}`];
  if (!(type in SCHEMES)) return [];
  const [scheme, key, usual] = SCHEMES[type];
  const port = config?.[key] && config[key] !== usual ? `:${config[key]}` : "";
  const subdomain = spec.subdomain && config?.subdomainHost ? [`${spec.subdomain}.${config.subdomainHost}`] : [];
  return [...(spec.customDomains ?? []), ...subdomain].map((domain) => `${scheme}${domain}${port}`);
}

/** @param {{name: string, type: string}} props of a proxy */
export const Named = ({ name, type }) => html`
  <a href=${href(["proxies", name])}>${called(name)}</a> <span class="tag">${type}</span>
`;

export const Traffic = ({ status }) => html`<span class="traffic">
  <span title=${t("traffic.in")}><${Icon} name="down" />${bytes(status.todayTrafficIn)}</span>
  <span title=${t("traffic.out")}><${Icon} name="up" />${bytes(status.todayTrafficOut)}</span>
</span>`;

/** @param {object=} config of the server */
export const columns = (config, { client = true } = {}) =>
  [
    {
      title: t("column.proxy"),
      head: true,
      cell: (one) => html`<${Named} name=${one.name} type=${one.spec.type} />`,
    },
    { title: t("column.status"), cell: (one) => html`<${Status} status=${statusOf(one)} />` },
    { title: t("column.address"), cell: (one) => html`<${Addresses} all=${addressesOf(one, config)} />` },
    client && {
      title: t("column.client"),
      cell: (one) => one.clientID && html`<a href=${href(["clients", clientOf(one)])}>${clientOf(one)}</a>`,
    },
    { title: t("overview.connections"), numeric: true, cell: (one) => number(one.status.curConns) },
    { title: t("overview.today"), numeric: true, cell: (one) => html`<${Traffic} status=${one.status} />` },
  ].filter(Boolean);

/** The first, and how many more there are. */
const Addresses = ({ all }) =>
  all.length > 0 &&
  html`<${Address} text=${all[0]} />${all.length > 1 && html` <span class="dim">+${all.length - 1}</span>`}`;
