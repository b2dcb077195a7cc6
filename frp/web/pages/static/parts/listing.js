/** A list of which the API answers one page; which one, and of which rows, stands in the query of the address. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { useLoaded } from "../lib/loaded.js";
import { get } from "../lib/request.js";
import { Pager, pageSize } from "./filters.js";
import { Empty, Loaded } from "./states.js";
import { Table } from "./table.js";

/**
 * @param {string} path of the API, with no slash in front
 * @param {object} query of the address
 * @param {string[]} filters the keys of the query that choose among the rows
 * @returns {object} what Listing shows
 */
export function useListed(path, query, filters) {
  const chosen = Object.fromEntries(filters.map((name) => [name, query[name]]));
  const asked = { page: Number(query.page || 1), pageSize: pageSize(query), ...chosen };
  const loaded = useLoaded((signal) => get(path, asked, signal), [path, JSON.stringify(asked)]);
  return { ...loaded, page: asked.page, size: asked.pageSize, filtered: Object.values(chosen).some(Boolean) };
}

/**
 * @param {{listed: object, label: string, columns: Array<object>, id: function(*): string, none: string, hint?: *,
 *   opens?: boolean}} props of useListed; what is said where there are no rows at all
 */
export const Listing = ({ listed, label, columns, id, none, hint, opens }) => html`
  <${Loaded} loaded=${listed}>
    ${({ items, total }) =>
      total === 0
        ? html`<${Empty} text=${none} hint=${listed.filtered ? t("filter.none") : hint} />`
        : html`<${Table} label=${label} columns=${columns} rows=${items} id=${id} opens=${opens} />
            <${Pager} total=${total} page=${listed.page} size=${listed.size} />`}
  <//>
`;
