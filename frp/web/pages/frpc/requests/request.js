import {
  attempt,
  bytes,
  Card,
  Copy,
  Facts,
  get,
  go,
  Head,
  href,
  html,
  Icon,
  Loaded,
  Missing,
  moment,
  post,
  segment,
  t,
  took,
  useLoaded,
} from "../../kit.js";
import { Again, hiddenOf } from "./again.js";
import { Outcome } from "./list.js";

/** One request with its response. */
export function Request({ id }) {
  const path = `api/v2/requests/${segment(id)}`;
  const request = useLoaded((signal) => get(path, {}, signal), [id]);
  const curl = useLoaded((signal) => get(`${path}/curl`, {}, signal), [id], { live: false });
  const back = { to: href(["requests"]), label: t("page.requests") };
  const replay = (edits) =>
    attempt(async () => {
      const { summary } = await post(`${path}/replay`, edits);
      go(["requests", String(summary.id)]);
    }, t("requests.sent"));
  return html`<${Loaded} loaded=${request} missing=${html`<${Missing} text=${t("requests.missing")} to=${back.to} label=${back.label} />`}>
    ${(one) => html`
      <${Head}
        back=${back}
        title=${`${one.summary.method} ${one.summary.target}`}
        about=${html`<${Outcome} request=${one.summary} /> ${one.summary.host} <time>${moment(one.summary.at)}</time>`}
      >
        <button class="primary" onClick=${() => replay({})}>${t("requests.replay")}</button>
      <//>
      <${Warnings} details=${one} />
      <${Again} details=${one} onSend=${replay} />
      <${Card} title=${t("details.about")} size="full"><${About} summary=${one.summary} /><//>
      <div class="cards halves">
        <${Half} title=${t("requests.request")} headers=${one.headers} body=${one.body} />
        <${Half} title=${t("requests.response")} headers=${one.responseHeaders} body=${one.responseBody} />
      </div>
      ${curl.data && html`<${Card} title="curl" aside=${html`<${Copy} text=${curl.data.trim()} />`}><pre class="code">${curl.data.trim()}</pre><//>`}
    `}
  <//>`;
}

const warning = (text) => html`<p class="banner warn"><${Icon} name="warning" /><span>${text}</span></p>`;

/** Why there is no answer, and what is not as it was, or will not be. */
function Warnings({ details: { summary, headers } }) {
  const { trouble, without = [] } = summary;
  const hidden = hiddenOf(headers);
  return html`
    ${trouble && html`<p class="banner wrong" role="alert"><${Icon} name="error" /><span>${trouble}</span></p>`}
    ${without.length > 0 && warning(t("requests.without", { names: without.join(", ") }))}
    ${hidden.length > 0 && warning(t("requests.hidden", { names: hidden.join(", ") }))}
  `;
}

const About = ({ summary }) => html`<${Facts}
  items=${[
    [t("column.proxy"), html`<a href=${href(["proxies", summary.proxy])}>${summary.proxy}</a>`],
    [t("requests.peer"), summary.peer],
    [t("requests.answered"), summary.answered !== null && took(summary.answered)],
    [t("column.took"), summary.took !== null && took(summary.took)],
    [
      t("requests.again"),
      summary.again && html`<a href=${href(["requests", String(summary.again)])}>#${summary.again}</a>`,
    ],
  ]}
/>`;

const Half = ({ title, headers, body }) => html`<${Card} title=${title}>
  <table class="headers" aria-label=${t("requests.headers")}>
    ${headers.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}
  </table>
  ${
    body.size > 0 &&
    html`<p class="dim">${bytes(body.size)}${body.whole ? "" : `, ${t(body.text ? "requests.part" : "requests.unkept")}`}${body.encoding === "base64" ? ", base64" : ""}</p>
    ${body.text && html`<pre class="code">${pretty(body.text)}</pre>`}`
  }
<//>`;

/** JSON with its structure seen. */
function pretty(text) {
  try {
    return /^\s*[[{]/.test(text) ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}
