/** What chooses among the rows of a list; all of it stands in the query of the address. */
import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { counted, t } from "../lib/language.js";
import { keep, kept } from "../lib/kept.js";
import { refine } from "../lib/route.js";
import { Icon } from "./icons.js";

const PAUSE = 300;

/** Whatever chooses leads to the first page. */
export const choose = (changes, options) => refine({ page: "", ...changes }, options);

const TYPED = "input, textarea, select, [contenteditable]";

/** @param {{value: string, label: string, name?: string}} props asks when somebody has paused; a slash leads there */
export function Search({ value = "", label, name = "q" }) {
  const [text, setText] = useState(value);
  const timer = useRef(null);
  const field = useRef(null);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const slash = (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPED)) return;
      event.preventDefault();
      field.current.focus();
    };
    addEventListener("keydown", slash);
    return () => {
      clearTimeout(timer.current);
      removeEventListener("keydown", slash);
    };
  }, []);
  const typed = (event) => {
    setText(event.target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => choose({ [name]: event.target.value.trim() }, { replace: true }), PAUSE);
  };
  return html`<label class="search">
    <span class="hidden">${label}</span><${Icon} name="search" />
    <input ref=${field} type="search" aria-keyshortcuts="/" value=${text} placeholder=${label} onInput=${typed} />
  </label>`;
}

/** @param {{name: string, value: string, label: string, options: Array<[string, string, number=]>}} props */
export const Tabs = ({ name, value = "", label, options }) => html`
  <div class="tabs" role="group" aria-label=${label}>
    ${options.map(
      ([
        option,
        text,
        count,
      ]) => html`<button aria-pressed=${option === value} onClick=${() => choose({ [name]: option })}>
        ${text}${count === undefined ? "" : html` <span class="count">${count}</span>`}
      </button>`,
    )}
  </div>
`;

export const Choice = ({ name, value = "", label, options }) => html`
  <label class="choice">
    <span class="hidden">${label}</span>
    <select value=${value} onChange=${(event) => choose({ [name]: event.target.value })}>
      ${options.map(([option, text]) => html`<option value=${option} selected=${option === value}>${text}</option>`)}
    </select>
  </label>
`;

const SIZES = [10, 20, 50, 100];

/** How many rows a page has: what was chosen last. */
export const pageSize = (query) => Number(query.pageSize || kept("pageSize", "20"));

/** @param {{total: number, page: number, size: number}} props */
export function Pager({ total, page, size }) {
  const last = Math.max(1, Math.ceil(total / size));
  useEffect(() => {
    if (page > last) refine({ page: last > 1 ? last : "" }, { replace: true });
  }, [page, last]);
  const turn = (to) => (event) => {
    refine({ page: to > 1 ? to : "" });
    event.currentTarget.closest(".listing")?.scrollIntoView();
  };
  const resize = (event) => {
    keep("pageSize", event.target.value);
    choose({ pageSize: event.target.value });
  };
  const from = total && (page - 1) * size + 1;
  return html`<nav class="pager" aria-label=${t("pager.label")}>
    <span class="dim">${t("pager.range", { from, to: Math.min(total, page * size) })} ${counted("pager.total", total)}</span>
    <label>
      <span class="hidden">${t("pager.size")}</span>
      <select value=${size} onChange=${resize}>
        ${SIZES.map((one) => html`<option value=${one} selected=${one === size}>${t("pager.each", { size: one })}</option>`)}
      </select>
    </label>
    <button class="icon" disabled=${page <= 1} aria-label=${t("pager.back")} onClick=${turn(page - 1)}>
      <${Icon} name="back" />
    </button>
    <button class="icon" disabled=${page >= last} aria-label=${t("pager.next")} onClick=${turn(page + 1)}>
      <${Icon} name="next" />
    </button>
  </nav>`;
}
