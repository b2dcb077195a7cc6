/** Proxies and visitors of frpc: what is the same of both, and where the API has them. */
import { Address, get, html, post, segment, serves, t } from "../../kit.js";

/**
 * @typedef {object} Kind
 * @property {string} page
 * @property {string} status what they do
 * @property {string} store those that are kept by frpc itself
 * @property {?function(string): Promise<{ok: boolean, seconds: number, why: string}>} test of what it leads to
 * @property {function(string): string} config of one of them
 * @property {string} one the key of its texts
 * @property {function(): import("../../parts/table.js").Column[]} columns its own
 */

const local = (one) =>
  one.plugin ? html`<span class="tag">${one.plugin}</span>` : one.local_addr && html`<code>${one.local_addr}</code>`;

/** @type {Kind} */
export const PROXIES = {
  page: "proxies",
  status: "api/v2/proxies",
  store: "api/store/proxies",
  test: (name) => post(`api/v2/proxies/${segment(name)}/test`, {}),
  config: (name) => `api/proxy/${segment(name)}/config`,
  one: "proxy",
  texts: (one) => [one.name, one.type, one.local_addr, ...(one.addresses ?? []), one.plugin, one.server],
  columns: () => [
    {
      title: t("column.address"),
      cell: ({ addresses = [] }) => addresses.map((text) => html`<div><${Address} text=${text} /></div>`),
    },
    { title: t("column.local"), cell: local },
  ],
};

const bound = (one) =>
  one.bindPort > 0 && html`<${Address} text=${`${one.bindAddr || "127.0.0.1"}:${one.bindPort}`} />`;

/** @type {Kind} */
export const VISITORS = {
  page: "visitors",
  status: "api/v2/visitors",
  store: "api/store/visitors",
  test: null,
  config: (name) => `api/visitor/${segment(name)}/config`,
  one: "visitor",
  texts: (one) => [
    one.name,
    one.type,
    one.serverName,
    one.serverUser,
    one.bindAddr,
    String(one.bindPort ?? ""),
    one.plugin,
  ],
  columns: () => [
    {
      title: t("column.visits"),
      cell: (one) => (one.serverUser ? `${one.serverUser}.${one.serverName}` : one.serverName),
    },
    {
      title: t("column.address"),
      cell: (one) => (one.plugin ? html`<span class="tag">${one.plugin}</span>` : bound(one)),
    },
  ],
};

/** @returns {Promise<?Array<object>>} what the store holds; null if there is none */
export async function stored(kind, signal) {
  return (await serves(kind.store)) ? (await get(kind.store, {}, signal))[kind.page] : null;
}

/** One that does not run, in the shape of those that do. */
function idle({ name, type, [type]: block }) {
  const { localIP = "127.0.0.1", localPort, plugin, serverName, serverUser, bindAddr, bindPort } = block;
  const local_addr = localPort ? `${localIP}:${localPort}` : "";
  const status = block.enabled === false ? "disabled" : "new";
  return {
    name,
    type,
    status,
    err: "",
    source: "store",
    local_addr,
    plugin: plugin?.type ?? "",
    serverName,
    serverUser,
    bindAddr,
    bindPort,
  };
}

/** @returns {Promise<{rows: object[], store: ?object[]}>} all that run, and those of the store that do not */
export async function everything(kind, signal) {
  const [running, store] = await Promise.all([get(kind.status, {}, signal), stored(kind, signal)]);
  const names = new Set(running.map((one) => one.name));
  const rows = [...running, ...(store ?? []).filter((one) => !names.has(one.name)).map(idle)];
  return { rows: rows.sort((one, other) => one.name.localeCompare(other.name)), store };
}
