import { html, Icon, t } from "../../kit.js";
import { goToLine } from "../../editor/editor.js";

/** Where it is, which is said by the button beside it. */
const PLACE = /^toml: line \d+, column \d+: (?:toml: )?/;

/** @param {{problems: Array<object>, text: string}} props what a check of the text has found */
export function Problems({ problems, text }) {
  if (problems.length === 0)
    return html`<p class="banner good" role="status"><${Icon} name="check" />${t("config.fine")}</p>`;
  return html`<ul class="problems" role="alert">
    ${problems.map(
      ({ path, problem, line, hint }) => html`<li>
        ${line > 0 && html`<button class="line" onClick=${() => goToLine(text, line)}>${t("config.line", { line })}</button>`}
        <div><code>${path}</code> ${line > 0 ? problem.replace(PLACE, "") : problem}${hint && html`<div class="dim">${hint}</div>`}</div>
      </li>`,
    )}
  </ul>`;
}
