/** Keys that have many values. A row that is empty stays until it is left out of what is sent. */
import { html, useState } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { Icon } from "../parts/icons.js";
import { labelOf, resolved } from "./schema.js";

export const Remove = ({
  onClick,
}) => html`<button type="button" class="icon" aria-label=${t("form.remove")} onClick=${onClick}>
  <${Icon} name="minus" />
</button>`;

/** Whoever wants one more row goes on in it. */
export function Add({ onClick }) {
  const press = ({ currentTarget }) => {
    onClick();
    requestAnimationFrame(() => currentTarget.previousElementSibling?.querySelector("input, select")?.focus());
  };
  return html`<button type="button" class="add" onClick=${press}><${Icon} name="plus" />${t("form.add")}</button>`;
}

/** Rows that a component holds itself, for some of them are not worth a value yet. */
export function useRows(first, tell) {
  const [rows, setRows] = useState(first);
  const change = (next) => {
    setRows(next);
    tell(next);
  };
  return {
    rows,
    set: (index, row) => change(rows.map((one, at) => (at === index ? row : one))),
    add: (row) => change([...rows, row]),
    remove: (index) => change(rows.filter((_, at) => at !== index)),
  };
}

export function Texts({ name, schema, root, value = [], onChange }) {
  const { rows, set, add, remove } = useRows(value.map(String), (next) => onChange(next.filter(Boolean).map(read)));
  const item = resolved(schema.items, root);
  const read = (text) => (item.type === "integer" ? Number(text) : text);
  return html`
    ${rows.map(
      (row, index) => html`<div class="row">
        <input aria-label=${`${labelOf(name)} ${index + 1}`} spellcheck=${false} value=${row} onInput=${(event) => set(index, event.target.value)} />
        <${Remove} onClick=${() => remove(index)} />
      </div>`,
    )}
    <${Add} onClick=${() => add("")} />
  `;
}

export function Pairs({ value = {}, onChange }) {
  const { rows, set, add, remove } = useRows(Object.entries(value), (next) =>
    onChange(Object.fromEntries(next.filter(([key]) => key))),
  );
  return html`
    ${rows.map(
      ([key, text], index) => html`<div class="row">
        <input aria-label=${t("form.key")} placeholder=${t("form.key")} spellcheck=${false} value=${key} onInput=${(event) => set(index, [event.target.value, text])} />
        <input aria-label=${t("form.value")} placeholder=${t("form.value")} spellcheck=${false} value=${text} onInput=${(event) => set(index, [key, event.target.value])} />
        <${Remove} onClick=${() => remove(index)} />
      </div>`,
    )}
    <${Add} onClick=${() => add(["", ""])} />
  `;
}
