import { html, t, useState } from "../../kit.js";

/** What was not kept is shown as this, and cannot be sent. */
const HIDDEN = "***";

const written = (headers) =>
  headers
    .filter(([, value]) => value !== HIDDEN)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

const read = (text) =>
  text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);

/** Send it again with something changed; what nobody has touched is left to the inspector. */
export function Again({ details, onSend }) {
  const first = {
    method: details.summary.method,
    target: details.summary.target,
    headers: written(details.headers),
    body: details.body.text,
  };
  const [value, setValue] = useState(first);
  const set = (key) => (event) => setValue({ ...value, [key]: event.target.value });
  const send = (event) => {
    event.preventDefault();
    const edits = Object.fromEntries(Object.entries(value).filter(([key, text]) => text !== first[key]));
    if ("headers" in edits) edits.headers = read(edits.headers);
    if ("body" in edits) edits.encoding = details.body.encoding;
    onSend(edits);
  };
  const area = (key, rows) => html`<div class="field wide">
    <label for="again.${key}">${t(`requests.${key}`)}</label>
    <textarea id="again.${key}" rows=${rows} spellcheck=${false} value=${value[key]} onInput=${set(key)} />
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
        ${area("headers", 6)} ${area("body", 6)}
        <div><button class="primary">${t("requests.send")}</button></div>
      </div>
    </details>
  </form>`;
}
