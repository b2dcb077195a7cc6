/** How the keys of a proxy or visitor are put together for people. */
import { t } from "../lib/language.js";
import { formOf, labelOf, resolved } from "./schema.js";

const GROUPS = {
  base: ["name", "enabled"],
  reach: [
    "remotePort",
    "customDomains",
    "subdomain",
    "multiplexer",
    "serverName",
    "serverUser",
    "bindAddr",
    "bindPort",
  ],
  backend: ["localIP", "localPort", "localEndpoint", "plugin"],
  access: ["secretKey", "allowUsers", "httpUser", "httpPassword", "routeByHTTPUser"],
  http: ["locations", "hostHeaderRewrite", "requestHeaders", "responseHeaders"],
  notes: ["metadatas", "annotations"],
};

/** Those are open from the start, for hardly anybody leaves them as they are. */
const OPEN = ["base", "reach", "backend", "access"];

const groupOf = (key) => Object.keys(GROUPS).find((group) => GROUPS[group].includes(key));

/**
 * @typedef {object} Section
 * @property {string} id
 * @property {string} title
 * @property {string[]} keys
 * @property {boolean} open
 */

/**
 * Keys that nobody here has heard of are with those by which a proxy is reached, or, if they are tables, by themselves.
 *
 * @returns {Section[]}
 */
export function sectionsOf(schema, root) {
  const keys = Object.keys(schema.properties).filter((key) => key !== "type");
  const alone = (key) =>
    !groupOf(key) && ["table", "maybe"].includes(formOf(resolved(schema.properties[key], root), root));
  const others = keys.filter((key) => !groupOf(key) && !alone(key));
  const groups = Object.keys(GROUPS).map((id) => {
    const own = GROUPS[id].filter((key) => keys.includes(key));
    return { id, title: t(`section.${id}`), keys: id === "reach" ? [...own, ...others] : own, open: OPEN.includes(id) };
  });
  const tables = keys.filter(alone).map((key) => ({ id: key, title: labelOf(key), keys: [key], open: false }));
  return [...groups.slice(0, -1), ...tables, groups[groups.length - 1]].filter((section) => section.keys.length > 0);
}
