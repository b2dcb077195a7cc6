import { html } from "../vendor/htm-preact.js";
import { Heading } from "./sorting.js";

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {function(*): *} cell what it shows of a row
 * @property {boolean=} numeric
 * @property {boolean=} head it names the row
 * @property {boolean=} bare on a phone it has no title
 * @property {boolean=} long it may take much room, where there is some
 * @property {boolean=} roomy it is left out where there is little
 * @property {string=} sort what the API calls the order by it
 */

/**
 * A table, which on a phone becomes cards. The roles are said, for a browser forgets them where the display is another.
 *
 * @param {{label: string, columns: Column[], rows: Array<*>, id: function(*): string, sort?: string,
 *   opens?: boolean}} props sort: in which order they are; without it, there is no other. opens: whether all of a row
 *   leads to where the link in its head does
 */
export const Table = ({ label, columns, rows, id, sort, opens = false }) => html`
  <div class="table ${opens ? "opens" : ""}">
    <table role="table" aria-label=${label}>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map((column) => html`<${Heading} column=${column} sort=${sort} />`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (row) => html`<tr role="row" key=${id(row)}>
            ${columns.map((column) => html`<${Cell} column=${column} row=${row} />`)}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>
`;

/** The marks of a column that its cells look by. */
const MARKS = ["numeric", "bare", "long", "roomy"];

function Cell({ column, row }) {
  const { title, cell, head } = column;
  const kind = MARKS.filter((mark) => column[mark]).join(" ");
  return head
    ? html`<th role="rowheader" scope="row" class=${kind}>${cell(row)}</th>`
    : html`<td role="cell" class=${kind} data-title=${title}><div>${cell(row)}</div></td>`;
}
