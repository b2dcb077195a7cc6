import { ask, guardLeaving, html, Icon, t, useEffect, useState } from "../../kit.js";
import { cutWords, isCut } from "./body.js";

/** What was not kept is said as this by the API, and cannot be sent. */
const HIDDEN = "***";

/** The names of headers that were not kept. */
const hiddenHeaders = (headers) => headers.filter(([, value]) => value === HIDDEN).map(([name]) => name);

/** The names of parameters that were not kept, as they stand. */
const hiddenParameters = (target) => [...target.matchAll(/[?&]([^=&]*)=\*\*\*(?=&|$)/g)].map(([, name]) => `?${name}`);

/** The names of all that was not kept; a question mark is in front of those of parameters. */
export const hiddenOf = ({ headers, summary }) => [
  ...new Set([...hiddenHeaders(headers), ...hiddenParameters(summary.target)]),
];

const isHeader = (name) => !name.startsWith("?");

const written = (headers, without) =>
  [...headers, ...without.filter(isHeader).map((name) => [name, HIDDEN])]
    .map(([name, value]) => `${name}: ${value === HIDDEN ? "" : value}`)
    .join("\n");

/** What nobody has filled in is not sent as if it were empty. */
const read = (text, hidden) =>
  text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()])
    .filter(([name, value]) => value || !hidden.includes(name));

/** Lines of headers that are none. */
const strayLines = (text) => text.split("\n").filter((line) => line.trim() && !line.includes(":"));

/** @returns {object} what the API is to be told of the changes, which are the only ones that it is told. */
function editsOf(value, first, details, hidden) {
  const edits = Object.fromEntries(Object.entries(value).filter(([key, text]) => text !== first[key]));
  if ("headers" in edits) edits.headers = read(edits.headers, hidden);
  if ("body" in edits) {
    edits.encoding = details.body.encoding;
    edits.pack = Boolean(details.body.packed);
  }
  return edits;
}

/** The problems that the API has named, by the field that they are of. */
function problemsOf(error) {
  const found = {};
  for (const { path, problem } of error.problems ?? []) (found[path.replace(/\[.*/, "")] ??= []).push(problem);
  return found;
}

const leaving = async () =>
  (await ask({ title: t("form.leave.title"), text: t("requests.leave"), yes: t("form.leave"), danger: true })) !== null;

/**
 * Send it again with something changed; what nobody has touched is left to the inspector.
 *
 * @param {{details: object, busy: boolean, onSend: function(object): Promise<?Error>}} props
 */
export function Again({ details, busy, onSend }) {
  const { without = [] } = details.summary;
  const [first] = useState({
    method: details.summary.method,
    target: details.summary.target,
    headers: written(details.headers, without),
    body: details.body.text,
  });
  const [value, setValue] = useState(first);
  const [wrong, setWrong] = useState({});
  const hidden = [...new Set([...hiddenHeaders(details.headers), ...without.filter(isHeader)])];
  const parameters = hiddenParameters(first.target);
  const dirty = Object.keys(first).some((key) => value[key] !== first[key]);
  const lacks = isCut(details.body) && value.body === first.body;
  useEffect(() => guardLeaving(dirty ? leaving : null), [dirty]);
  useEffect(() => () => guardLeaving(null), []);

  const set = (key) => (event) => setValue({ ...value, [key]: event.target.value });
  const send = async (event) => {
    event.preventDefault();
    if (lacks || busy) return;
    const stray = strayLines(value.headers);
    if (stray.length > 0) {
      setWrong({ headers: stray.map((line) => t("requests.stray", { line })) });
      return;
    }
    const error = await onSend(editsOf(value, first, details, hidden));
    if (error) setWrong({ ...problemsOf(error), ...(!error.problems?.length && { all: [error.message] }) });
  };
  const hurry = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(event);
  const props = { value, set, wrong };
  return html`<form class="form" onSubmit=${send} onKeyDown=${hurry}>
    <details class="card">
      <summary><h2>${t("requests.edit")}</h2></summary>
      <div class="fields">
        <${Line} name="method" label=${t("column.method")} ...${props} />
        <${Line} name="target" label=${t("requests.target")} hint=${parameters.length > 0 && t("requests.stars")} ...${props} />
        <${Area} name="headers" rows=${6} hint=${hidden.length > 0 && t("requests.fill", { names: hidden.join(", ") })} ...${props} />
        <${Area} name="body" rows=${6} hint=${bodyHint(details.body)} ...${props} />
        <div class="field wide">
          <${Amiss} id="again.all!" texts=${wrong.all} />
          <div class="actions">
            <button class="primary" disabled=${busy || lacks}>${t(busy ? "requests.sending" : "requests.send")}</button>
            <span class="dim">${t("requests.keys")}</span>
          </div>
        </div>
      </div>
    </details>
  </form>`;
}

function bodyHint(body) {
  if (isCut(body)) return t("requests.complete", { why: cutWords(body) });
  if (body.packed) return t("requests.repacked", { packing: body.packed });
  return body.encoding === "base64" && t("requests.base64");
}

const told = (name, wrong) => ({ "aria-invalid": name in wrong, "aria-describedby": `again.${name}!` });

const Amiss = ({ id, texts = [] }) =>
  html`<div class="amiss" id=${id} role="alert">${texts.map((text) => html`<p><${Icon} name="error" />${text}</p>`)}</div>`;

const Line = ({ name, label, hint, value, set, wrong }) => html`<div class="field">
  <label for="again.${name}">${label}</label>
  <input id="again.${name}" spellcheck=${false} value=${value[name]} onInput=${set(name)} ...${told(name, wrong)} />
  ${hint && html`<p class="hint">${hint}</p>`}
  <${Amiss} id="again.${name}!" texts=${wrong[name]} />
</div>`;

const Area = ({ name, rows, hint, value, set, wrong }) => html`<div class="field wide">
  <label for="again.${name}">${t(`requests.${name}`)}</label>
  <textarea id="again.${name}" rows=${rows} spellcheck=${false} value=${value[name]} onInput=${set(name)} ...${told(name, wrong)} />
  ${hint && html`<p class="hint">${hint}</p>`}
  <${Amiss} id="again.${name}!" texts=${wrong[name]} />
</div>`;
