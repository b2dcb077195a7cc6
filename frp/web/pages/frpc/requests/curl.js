import { Card, Copy, get, html, t, useLoaded } from "../../kit.js";
import { cutWords, isCut } from "./body.js";

/** A command that makes the same request, or why there is none. */
export const Curl = ({ path, body, hidden }) =>
  isCut(body)
    ? html`<${Card} title="curl"><p class="dim">${t("requests.nocurl", { why: cutWords(body) })}</p><//>`
    : html`<${Command} path=${path} hidden=${hidden} />`;

function Command({ path, hidden }) {
  const curl = useLoaded((signal) => get(`${path}/curl`, {}, signal), [path], { live: false });
  if (!curl.data) return null;
  const text = curl.data.trim();
  return html`<${Card} title="curl" aside=${html`<${Copy} text=${text} name="curl" />`}>
    ${hidden.length > 0 && html`<p class="dim">${t("requests.curl.fill", { names: hidden.join(", ") })}</p>`}
    <pre class="code" tabindex="0">${text}</pre>
  <//>`;
}
