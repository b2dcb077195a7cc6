import { html } from "../vendor/htm-preact.js";

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {function(*): *} cell what it shows of a row
 * @property {boolean=} numeric
 * @property {boolean=} head it names the row
 * @property {boolean=} bare on a phone it has no title
 */

/**
 * A table, which on a phone becomes cards. The roles are said, for a browser forgets them where the display is another.
 *
 * @param {{label: string, columns: Column[], rows: Array<*>, id: function(*): string, busy?: boolean,
 *   opens?: boolean}} props opens: whether all of a row leads to where the link in its head does
 */
export const Table = ({ label, columns, rows, id, busy = false, opens = false }) => html`
  <div class="table ${busy ? "busy" : ""} ${opens ? "opens" : ""}">
    <table role="table" aria-label=${label} aria-busy=${busy}>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(({ title, numeric }) => html`<th role="columnheader" scope="col" class=${numeric ? "numeric" : ""}>${title}</th>`)}
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

function Cell({ column: { title, cell, numeric, head, bare }, row }) {
  const kind = `${numeric ? "numeric" : ""} ${bare ? "bare" : ""}`;
  return head
    ? html`<th role="rowheader" scope="row" class=${kind}>${cell(row)}</th>`
    : html`<td role="cell" class=${kind} data-title=${title}><div>${cell(row)}</div></td>`;
}
