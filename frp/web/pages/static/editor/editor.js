/** A text area with numbered lines, in colour: the text that is seen lies behind the one that is edited. */
import { html, useMemo, useRef, useLayoutEffect } from "../vendor/htm-preact.js";
import { dialectOf, partsOf } from "./highlight.js";

/** @param {{label: string, value: string, wrong: Set<number>, onChange: function(string): void}} props lines count from 1 */
export function Editor({ label, value, wrong, onChange }) {
  const area = useRef(null);
  const lines = useMemo(() => {
    const dialect = dialectOf(value);
    return value.split("\n").map((line) => partsOf(line, dialect));
  }, [value]);
  useLayoutEffect(() => {
    area.current.rows = lines.length + 1;
  }, [lines.length]);
  return html`<div class="editor">
    <ol aria-hidden="true">${lines.map((_, index) => html`<li class=${wrong.has(index + 1) ? "wrong" : ""}>${index + 1}</li>`)}</ol>
    <div class="text">
      <pre aria-hidden="true">${lines.map((parts, index) => html`<div class=${wrong.has(index + 1) ? "wrong" : ""}>${parts.map(([kind, text]) => (kind ? html`<span class="code-${kind}">${text}</span>` : text))}${"\n"}</div>`)}</pre>
      <textarea
        ref=${area}
        aria-label=${label}
        spellcheck=${false}
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        value=${value}
        onInput=${(event) => onChange(event.target.value)}
      />
    </div>
  </div>`;
}

/** Go to a line. */
export function goToLine(value, number) {
  const area = document.querySelector(".editor textarea");
  const begin =
    value
      .split("\n")
      .slice(0, number - 1)
      .join("\n").length + (number > 1 ? 1 : 0);
  document.querySelectorAll(".editor li")[number - 1]?.scrollIntoView({ block: "center" });
  area.parentElement.scrollLeft = 0;
  area.focus({ preventScroll: true });
  area.setSelectionRange(begin, begin + (value.slice(begin).split("\n")[0] ?? "").length);
}
