/** What is wrong with the values of a form, told at their fields. */
import { createContext, html, useContext } from "../vendor/htm-preact.js";
import { Icon } from "../parts/icons.js";

/** @typedef {{path: string, problem: string, hint: string}} Problem path is that of the key, such as `locations[0]` */

const Problems = createContext([]);

/** Fields are called by the way to their keys, below the form. */
const idOf = (path) => `form.${path.replace(/\[(\d+)\]/g, ".$1")}`;

/** @param {{problems: Problem[], children: *}} props */
export const Told = ({ problems, children }) =>
  html`<${Problems.Provider} value=${problems.map((one) => ({ ...one, id: idOf(one.path) }))}>${children}<//>`;

/**
 * @param {string} id of a field
 * @param {boolean} whole the field has no others within
 * @returns {Problem[]}
 */
export const useProblems = (id, whole) =>
  useContext(Problems).filter((one) => one.id === id || (whole && one.id.startsWith(`${id}.`)));

const valueAt = (table, path) =>
  path
    .split(/[.[\]]/)
    .filter(Boolean)
    .reduce((found, key) => found?.[key], table);

/** @returns {Problem[]} those whose keys have the values still that they were told of. */
export const unchanged = (problems, before, after) =>
  problems.filter(({ path }) => valueAt(before, path) === valueAt(after, path));

/** @param {{id: string, problems: Problem[]}} props */
export const Wrong = ({ id, problems }) =>
  problems.length > 0 &&
  html`<div class="amiss" id=${id}>
    ${problems.map(
      ({ problem, hint }) => html`<p><${Icon} name="error" /><span>${problem}${hint && ` (${hint})`}</span></p>`,
    )}
  </div>`;

/** Bring the first field that is wrong into view. @returns {boolean} whether there is one */
export function showFirst() {
  const field = document.querySelector(".form .amiss")?.closest(".field, details");
  if (!field) return false;
  const section = field.closest("details");
  section.open = true;
  field.querySelector("input, select, button")?.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
  return true;
}
