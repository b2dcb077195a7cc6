/** One key of a table, in the form that its schema asks for. */
import { html, useState } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { Icon } from "../parts/icons.js";
import { Add, Pairs, Remove, Texts, useRows } from "./lists.js";
import { useProblems, Wrong } from "./problems.js";
import { changed, chosen, formOf, labelOf, resolved } from "./schema.js";

/**
 * @typedef {object} FieldProps
 * @property {string} name its key
 * @property {object} schema
 * @property {object} root where the definitions are
 * @property {*} value undefined for the default
 * @property {function(*): void} onChange
 * @property {string} at of what it is a part
 * @property {boolean=} bare the section around it has its title already
 */

/** @param {FieldProps} props */
export function Field(props) {
  const schema = resolved(props.schema, props.root);
  const id = `${props.at}.${props.name}`;
  const form = formOf(schema, props.root);
  const Form = FORMS[form];
  const problems = useProblems(id, !NESTS.has(form));
  const invalid = problems.length > 0;
  const hint = `${id}?`;
  const told = { "aria-invalid": invalid, "aria-describedby": invalid ? `${hint} ${id}!` : hint };
  const inner = { ...props, schema, id, told };
  const wrong = html`<${Wrong} id=${`${id}!`} problems=${problems} />`;
  if (props.bare && (form === "table" || form === "maybe")) return html`${wrong}<${Form} ...${inner} />`;
  if (BLOCKS.has(form)) {
    return html`<fieldset class="field block" ...${told}>
      <legend>${labelOf(props.name)}</legend>
      <${Hint} id=${hint} schema=${schema} />
      <${Form} ...${inner} />
      ${wrong}
    </fieldset>`;
  }
  return html`<div class="field ${form}">
    <label for=${id}>${labelOf(props.name)} <code class="dim">${props.name}</code></label>
    <${Form} ...${inner} />
    <${Hint} id=${hint} schema=${schema} />
    ${wrong}
  </div>`;
}

/** The program says it in English; a language may have a text of its own for it. */
const Hint = ({ id, schema }) => schema.description && html`<p class="hint" id=${id}>${t(schema.description)}</p>`;

/** What stands in an empty field. */
const usual = ({ default: value }) => (value ? String(value) : "");

/** Where a text can be masked no browser takes the secrets of a form for passwords to this site. */
const MASKS = CSS.supports("-webkit-text-security", "disc");

function Text({ id, told, name, schema, value = "", onChange }) {
  const [shown, setShown] = useState(!schema.writeOnly);
  const input = html`<input
    id=${id}
    type=${shown || MASKS ? "text" : "password"}
    class=${shown ? undefined : "masked"}
    value=${value}
    required=${name === "name"}
    autocomplete=${schema.writeOnly && !MASKS ? "new-password" : "off"}
    spellcheck=${false}
    placeholder=${usual(schema)}
    ...${told}
    onInput=${(event) => onChange(event.target.value)}
  />`;
  if (!schema.writeOnly) return input;
  return html`<div class="secret">
    ${input}
    <button type="button" class="icon" aria-label=${t("form.reveal")} aria-pressed=${shown} onClick=${() => setShown(!shown)}>
      <${Icon} name="eye" />
    </button>
  </div>`;
}

const Number_ = ({ id, told, name, schema, value, onChange }) => html`<input
  id=${id}
  type="number"
  step=${schema.type === "integer" ? 1 : "any"}
  max=${/port$/i.test(name) ? 65535 : undefined}
  value=${value ?? ""}
  placeholder=${usual(schema)}
  ...${told}
  onInput=${(event) => onChange(event.target.value === "" ? undefined : Number(event.target.value))}
/>`;

const Enum = ({ id, told, schema, value, onChange }) => html`<select
  id=${id}
  value=${value ?? schema.default ?? ""}
  ...${told}
  onChange=${(event) => onChange(event.target.value)}
>
  ${(schema.enum.includes(schema.default ?? "") ? schema.enum : ["", ...schema.enum]).map(
    (one) =>
      html`<option value=${one} selected=${one === (value ?? schema.default ?? "")}>${one || t("form.none")}</option>`,
  )}
</select>`;

const Flag = ({ id, told, schema, value, onChange }) => html`<input
  id=${id}
  type="checkbox"
  role="switch"
  checked=${value ?? schema.default ?? false}
  ...${told}
  onChange=${(event) => onChange(event.target.checked)}
/>`;

/** The keys of a table that stands within another one. */
function Table({ schema, root, value = {}, onChange, id }) {
  return Object.keys(schema.properties)
    .filter((key) => schema.properties[key].const === undefined)
    .map(
      (key) => html`<${Field}
        key=${key}
        name=${key}
        at=${id}
        schema=${schema.properties[key]}
        root=${root}
        value=${value[key]}
        onChange=${(one) => onChange(changed(value, key, one, resolved(schema.properties[key], root)))}
      />`,
    );
}

/** A table that counts as soon as it is there, even if it is empty. */
const Maybe = ({ id, schema, root, value, onChange }) => html`
  <div class="field flag">
    <label for=${id}>${t("form.use")}</label>
    <input id=${id} type="checkbox" role="switch" checked=${value !== undefined} onChange=${(event) => onChange(event.target.checked ? {} : undefined)} />
    <${Hint} schema=${schema} />
  </div>
  ${value !== undefined && html`<${Table} id=${id} schema=${schema} root=${root} value=${value} onChange=${onChange} />`}
`;

/** A type, and the keys that come with it. Those that another one has as well are kept. */
function Choice({ id, schema, root, value = {}, onChange }) {
  const tables = chosen(schema, root);
  const choose = (type) => {
    const known = Object.entries(value).filter(([key]) => key in (tables[type]?.properties ?? {}));
    onChange(type ? { ...Object.fromEntries(known), type } : undefined);
  };
  return html`
    <select id=${id} aria-label=${labelOf("type")} value=${value.type ?? ""} onChange=${(event) => choose(event.target.value)}>
      ${["", ...Object.keys(tables)].map((one) => html`<option value=${one} selected=${one === (value.type ?? "")}>${one || t("form.none")}</option>`)}
    </select>
    ${value.type in tables && html`<${Table} key=${value.type} id=${id} schema=${tables[value.type]} root=${root} value=${value} onChange=${onChange} />`}
  `;
}

/** Many tables. */
function Tables({ id, schema, root, value = [], onChange }) {
  const { rows, set, add, remove } = useRows(value, (next) =>
    onChange(next.filter((one) => Object.keys(one).length > 0)),
  );
  const item = resolved(schema.items, root);
  return html`
    ${rows.map(
      (row, index) => html`<div class="row tables">
        <div><${Table} id=${`${id}.${index}`} schema=${item} root=${root} value=${row} onChange=${(next) => set(index, next)} /></div>
        <${Remove} onClick=${() => remove(index)} />
      </div>`,
    )}
    <${Add} onClick=${() => add({})} />
  `;
}

const FORMS = {
  text: Text,
  number: Number_,
  enum: Enum,
  flag: Flag,
  texts: Texts,
  pairs: Pairs,
  tables: Tables,
  table: Table,
  maybe: Maybe,
  choice: Choice,
};

/** Those with fields within. */
const NESTS = new Set(["tables", "table", "maybe", "choice"]);

const BLOCKS = new Set([...NESTS, "texts", "pairs"]);
