import { html, t, useState } from "../../kit.js";

/** What was not kept is said as this by the API, and cannot be sent. */
const HIDDEN = "***";

/** The names of headers that were not kept. */
export const hiddenOf = (headers) => [
  ...new Set(headers.filter(([, value]) => value === HIDDEN).map(([name]) => name)),
];

const written = (headers, without) =>
  [...headers, ...without.map((name) => [name, HIDDEN])]
    .map(([name, value]) => `${name}: ${value === HIDDEN ? "" : value}`)
    .join("\n");

/** What nobody has filled in is not sent as if it were empty. */
const read = (text, hidden) =>
  text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()])
    .filter(([name, value]) => value || !hidden.includes(name));

/** Send it again with something changed; what nobody has touched is left to the inspector. */
export function Again({ details, onSend }) {
  const { without = [] } = details.summary;
  const first = {
    method: details.summary.method,
    target: details.summary.target,
    headers: written(details.headers, without),
    body: details.body.text,
  };
  const hidden = [...hiddenOf(details.headers), ...without];
  const [value, setValue] = useState(first);
  const set = (key) => (event) => setValue({ ...value, [key]: event.target.value });
  const send = (event) => {
    event.preventDefault();
    const edits = Object.fromEntries(Object.entries(value).filter(([key, text]) => text !== first[key]));
    if ("headers" in edits) edits.headers = read(edits.headers, hidden);
    if ("body" in edits) edits.encoding = details.body.encoding;
    onSend(edits);
  };
  const area = (key, rows, hint) => html`<div class="field wide">
    <label for="again.${key}">${t(`requests.${key}`)}</label>
    <textarea id="again.${key}" rows=${rows} spellcheck=${false} value=${value[key]} onInput=${set(key)} />
    ${hint && html`<p class="hint">${hint}</p>`}
  </div>`;
  return html`<form class="form" onSubmit=${send}>
    <details class="card">
      <summary><h2>${t("requests.edit")}</h2></summary>
      <div class="fields">
        <div class="field">
          <label for="again.method">${t("column.method")}</label>
          <input id="again.method" value=${value.method} onInput=${set("method")} />
        </div>
        <div class="field">
          <label for="again.target">${t("requests.target")}</label>
          <input id="again.target" spellcheck=${false} value=${value.target} onInput=${set("target")} />
        </div>
        ${area("headers", 6, hidden.length > 0 && t("requests.fill", { names: hidden.join(", ") }))} ${area("body", 6)}
        <div><button class="primary">${t("requests.send")}</button></div>
      </div>
    </details>
  </form>`;
}
