/** A list of which the API answers one page; which one, and of which rows, stands in the query of the address. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { useLoaded } from "../lib/loaded.js";
import { get } from "../lib/request.js";
import { Pager, pageSize } from "./filters.js";
import { Order } from "./sorting.js";
import { Empty, Loaded } from "./states.js";
import { Table } from "./table.js";

/**
 * @param {string} path of the API, with no slash in front
 * @param {object} query of the address
 * @param {string[]} filters the keys of the query that choose among the rows
 * @param {object} also what else is asked; with `sort`, which may be empty, the rows can be had in another order
 * @returns {object} what Listing shows
 */
export function useListed(path, query, filters, also = {}) {
  const chosen = Object.fromEntries(filters.map((name) => [name, query[name]]));
  const asked = { page: Number(query.page || 1), pageSize: pageSize(query), ...chosen, ...also };
  const loaded = useLoaded((signal) => get(path, asked, signal), [path, JSON.stringify(asked)]);
  const filtered = Object.values(chosen).some(Boolean);
  return { ...loaded, page: asked.page, size: asked.pageSize, sort: also.sort, filtered };
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
        : html`<div class="listing">
            ${listed.sort !== undefined && html`<${Order} columns=${columns} sort=${listed.sort} />`}
            <${Table} label=${label} columns=${columns} rows=${items} id=${id} sort=${listed.sort} opens=${opens} />
            <${Pager} total=${total} page=${listed.page} size=${listed.size} />
          </div>`}
  <//>
`;
