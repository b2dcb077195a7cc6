/** The order of a list, which stands in the query of the address: heads of columns choose it, and on a phone a choice. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { Choice, choose } from "./filters.js";
import { Icon } from "./icons.js";

const key = (sort) => sort.replace(/^-/, "");

/** Of numbers and moments people want the largest first, of words the beginning of the alphabet. */
const first = ({ sort, numeric }) => (numeric ? `-${sort}` : sort);

const turned = (sort) => (sort.startsWith("-") ? key(sort) : `-${sort}`);

/** The head of a column. @param {{column: Column, sort?: string}} props the order of the table, if it can be another */
export function Heading({ column, sort }) {
  const { title, numeric, roomy } = column;
  const kind = `${numeric ? "numeric" : ""} ${roomy ? "roomy" : ""}`;
  if (sort === undefined || !column.sort)
    return html`<th role="columnheader" scope="col" class=${kind}>${title}</th>`;
  const chosen = key(sort) === column.sort;
  const order = chosen ? (sort.startsWith("-") ? "descending" : "ascending") : undefined;
  return html`<th role="columnheader" scope="col" class=${kind} aria-sort=${order}>
    <button class="sort" onClick=${() => choose({ sort: chosen ? turned(sort) : first(column) })}>
      ${title}${chosen && html`<${Icon} name=${order === "descending" ? "down" : "up"} />`}
    </button>
  </th>`;
}

/** The same where there is no head. @param {{columns: Column[], sort: string}} props */
export function Order({ columns, sort }) {
  const sorted = columns.filter((one) => one.sort);
  const options = sorted.flatMap((one) => {
    const [usual, other] = [first(one), turned(first(one))];
    return [
      [usual, one.title],
      [other, t("sort.back", { title: one.title })],
    ];
  });
  return html`<div class="order">
    <${Choice} name="sort" value=${sort} label=${t("sort.by")} options=${[["", t("sort.by")], ...options]} />
  </div>`;
}
