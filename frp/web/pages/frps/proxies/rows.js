/** What a list says of a proxy. */
import { Address, Ago, bytes, called, href, html, number, Status, t } from "../../kit.js";

export const specOf = (proxy) => proxy.spec[proxy.spec.type] ?? {};

export const clientOf = (proxy) => (proxy.user ? `${proxy.user}.${proxy.clientID}` : proxy.clientID);

export const statusOf = (proxy) => (proxy.disabled ? "disabled" : proxy.refused ? "refused" : proxy.status.phase);

/** Two clients may want the same name. */
export const id = (proxy) => `${clientOf(proxy)} ${proxy.name}`;

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

/**
 * The columns of what is carried today, and of who uses it.
 *
 * @param {function(*): {curConns: number, todayTrafficIn: number, todayTrafficOut: number}} of what a row says of that
 */
export const carried = (of) => [
  { title: t("overview.connections"), sort: "connections", numeric: true, cell: (one) => number(of(one).curConns) },
  { title: t("column.in"), sort: "in", numeric: true, cell: (one) => bytes(of(one).todayTrafficIn) },
  { title: t("column.out"), sort: "out", numeric: true, cell: (one) => bytes(of(one).todayTrafficOut) },
];

function since({ status: { phase, lastStartAt, lastCloseAt } }) {
  const at = phase === "online" ? lastStartAt : lastCloseAt;
  return at ? html`<${Ago} at=${at} />` : "";
}

/** Words for a search in the addresses that are shown: the program does not know by which name the browser found it. */
export const addressed = (search = "") => search.replaceAll(`${location.hostname}:`, ":");

/** @param {object=} config of the server */
export const columns = (config, { client = true } = {}) =>
  [
    {
      title: t("column.proxy"),
      sort: "name",
      head: true,
      cell: (one) => html`<${Named} name=${one.name} type=${one.spec.type} />`,
    },
    { title: t("column.status"), sort: "status", cell: (one) => html`<${Status} status=${statusOf(one)} />` },
    { title: t("column.address"), cell: (one) => html`<${Addresses} all=${addressesOf(one, config)} />` },
    client && {
      title: t("column.client"),
      sort: "client",
      cell: (one) => one.clientID && html`<a href=${href(["clients", clientOf(one)])}>${clientOf(one)}</a>`,
    },
    ...carried((one) => one.status),
    { title: t("column.since"), sort: "since", numeric: true, roomy: true, cell: since },
  ].filter(Boolean);

/** The first, and how many more there are. */
const Addresses = ({ all }) =>
  all.length > 0 &&
  html`<${Address} text=${all[0]} />${all.length > 1 && html` <span class="dim">+${all.length - 1}</span>`}`;
