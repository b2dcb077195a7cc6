import { Card, Copy, get, html, t, useLoaded, useState } from "../../kit.js";
import { hiddenOf } from "./again.js";
import { cutWords, isCut } from "./body.js";

/** A command that makes the same request, or why there is none. */
export const Curl = ({ path, details }) =>
  isCut(details.body)
    ? html`<${Card} title="curl"><p class="dim">${t("requests.nocurl", { why: cutWords(details.body) })}</p><//>`
    : html`<${Command} path=${path} details=${details} />`;

/** Whom it asks, in the words of the API. */
const WHOM = ["address", "service"];

function Command({ path, details }) {
  const [to, setTo] = useState(WHOM[0]);
  const curl = useLoaded((signal) => get(`${path}/curl`, { to }, signal), [path, to], { live: false });
  if (!curl.data) return null;
  const text = curl.data.trim();
  const hidden = hiddenOf(details);
  const choice =
    details.service &&
    html`<div class="tabs" role="group" aria-label=${t("requests.whom")}>
      ${WHOM.map((one) => html`<button key=${one} aria-pressed=${one === to} onClick=${() => setTo(one)}>${t(`requests.whom.${one}`)}</button>`)}
    </div>`;
  return html`<${Card} title="curl" aside=${html`<div class="tools">${choice}<${Copy} text=${text} name="curl" /></div>`}>
    ${hidden.length > 0 && html`<p class="dim">${t("requests.curl.fill", { names: hidden.join(", ") })}</p>`}
    <pre class="code" tabindex="0">${text}</pre>
  <//>`;
}
