import { bytes, Copy, html, Icon, t, useMemo, useState } from "../../kit.js";
import { bytesOf, decoded, download, hex } from "./bytes.js";
import { indented } from "./json.js";

/** Whether a request's body is not there to be sent again as it was. */
export const isCut = (body) => !body.ended || body.kept < body.size;

/** How much of a body is not there. */
export const cutWords = (body) =>
  t(body.kept < body.size ? "requests.cut" : "requests.cut.short", {
    kept: bytes(body.kept),
    size: bytes(body.size),
  });

const typeOf = (headers) => headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";

/**
 * The ways in which a body can be looked at, the best one first.
 *
 * @returns {Array<{name: string, text?: string, view?: *}>} text is what can be copied
 */
function viewsOf(body, type) {
  const views = [];
  const content = bytesOf(body);
  const text = body.encoding === "utf-8" ? body.text : decoded(content, type);
  if (/^image\/[\w.+-]+/i.test(type)) views.push({ name: "image", view: image(body, content, type) });
  if (text !== null) {
    const pretty = indented(text, body.whole);
    if (pretty !== null) views.push({ name: "pretty", text: pretty });
    if (/^application\/x-www-form-urlencoded/i.test(type)) views.push({ name: "pretty", view: form(text), text });
    views.push({ name: "raw", text });
  }
  views.push({ name: "hex", text: hex(content) });
  return views;
}

const code = (text) => html`<pre class="code" tabindex="0">${text}</pre>`;

/** Whatever it is, a browser runs no script in it. */
function image(body, content, type) {
  const data =
    body.encoding === "base64" ? body.text : btoa(Array.from(content, (one) => String.fromCharCode(one)).join(""));
  const kind = /^image\/[\w.+-]+/i.exec(type)[0];
  return html`<img class="shown" src=${`data:${kind};base64,${data}`} alt=${kind} />`;
}

const form = (text) => html`<table class="headers">
  ${[...new URLSearchParams(text)].map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}
</table>`;

/** How much of it there is, and in which way it is not as it came. */
const sizeWords = (body) =>
  [
    isCut(body) && body.kept ? cutWords(body) : bytes(body.size),
    body.kept === 0 ? t("requests.unkept") : !body.whole && !isCut(body) && t("requests.part"),
    body.packed && t("requests.unpacked", { packing: body.packed }),
  ]
    .filter(Boolean)
    .join(", ");

/** @param {{body: object, headers: Array<[string, string]>, name: string}} props name of a file for it */
export function Body({ body, headers, name }) {
  const type = typeOf(headers);
  const views = useMemo(() => viewsOf(body, type), [body.text, body.whole, type]);
  const [chosen, choose] = useState("");
  if (body.size === 0) return body.ended ? null : html`<p class="dim">${t("requests.awaited")}</p>`;
  const view = views.find((one) => one.name === chosen) ?? views[0];
  return html`<div class="body-head">
      <span class="dim">${sizeWords(body)}</span>
      ${
        body.kept > 0 &&
        html`<div class="tabs" role="group" aria-label=${t("requests.view")}>
          ${views.map((one) => html`<button key=${one.name} aria-pressed=${one === view} onClick=${() => choose(one.name)}>${t(`requests.view.${one.name}`)}</button>`)}
        </div>
        ${view.text !== undefined && html`<${Copy} text=${view.text} name=${t("requests.body")} />`}
        <button class="icon copy" aria-label=${t("requests.download")} title=${t("requests.download")} onClick=${() => download(bytesOf(body), name)}>
          <${Icon} name="down" />
        </button>`
      }
    </div>
    ${body.kept > 0 && (view.view ?? code(view.text))}`;
}
