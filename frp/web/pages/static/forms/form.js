/** A form for a table, made from its schema. */
import { html } from "../vendor/htm-preact.js";
import { Field } from "./field.js";
import { changed, resolved } from "./schema.js";
import { sectionsOf } from "./sections.js";

/**
 * @param {{schema: object, value: object, fixed: string[], onChange: function(object): void, onSubmit: function(): void,
 *          children: *}} props fixed are keys that are not to be changed
 */
export function Form({ schema, value, fixed = [], onChange, onSubmit, children }) {
  const set = (key, one) => onChange(changed(value, key, one, resolved(schema.properties[key], schema)));
  const submit = (event) => {
    event.preventDefault();
    onSubmit();
  };
  // What is wrong has to be seen.
  const invalid = (event) => {
    const section = event.target.closest("details");
    if (section) section.open = true;
  };
  return html`<form class="form" onSubmit=${submit} onInvalidCapture=${invalid}>
    ${sectionsOf(schema, schema).map((section) => {
      const keys = section.keys.filter((key) => !fixed.includes(key));
      if (keys.length === 0) return null;
      return html`<details class="card" key=${section.id} open=${section.open || keys.some((key) => key in value)}>
        <summary><h2>${section.title}</h2></summary>
        <div class="fields">
          ${keys.map(
            (key) => html`<${Field}
              key=${key}
              at="form"
              name=${key}
              bare=${section.id === key}
              schema=${schema.properties[key]}
              root=${schema}
              value=${value[key]}
              onChange=${(one) => set(key, one)}
            />`,
          )}
        </div>
      </details>`;
    })}
    ${children}
  </form>`;
}
