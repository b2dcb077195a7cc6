import {
  Card,
  Copy,
  Facts,
  get,
  go,
  guardLeaving,
  Head,
  href,
  html,
  Icon,
  Loaded,
  Missing,
  moment,
  notice,
  post,
  segment,
  t,
  took,
  useEffect,
  useLoaded,
  useRef,
  useState,
} from "../../kit.js";
import { Again, hiddenOf } from "./again.js";
import { Body, cutWords, isCut } from "./body.js";
import { Curl } from "./curl.js";
import { chosenBy, lasted } from "./list.js";
import { hasFailed, Outcome, outcomeWords } from "./outcome.js";

/** One that is under way is looked at this often. */
const EVERY = 1000;

/** Letters of an address that the title has. */
const LONG = 160;

/** One request with its response, and the way to those beside it in the list that somebody comes from. */
export function Request({ id, query }) {
  const path = `api/v2/requests/${segment(id)}`;
  const request = useLoaded((signal) => get(path, {}, signal), [id]);
  const [busy, replay] = useReplay(path, query);
  const summary = request.data?.summary;
  const open = summary?.outcome === "";
  useEffect(() => {
    const timer = open && setInterval(request.reload, EVERY);
    return () => clearInterval(timer);
  }, [open, request.reload]);
  const back = { to: href(["requests"], query), label: t("page.requests") };
  return html`<${Loaded} loaded=${request} missing=${html`<${Missing} text=${t("requests.missing")} to=${back.to} label=${back.label} />`}>
    ${(one) => html`<${Details} one=${one} path=${path} query=${query} back=${back} busy=${busy} replay=${replay} />`}
  <//>`;
}

/**
 * @returns {[boolean, function(object): Promise<?Error>]} whether one is being sent, and what sends it, with the edits;
 *   why it was not sent, if so
 */
function useReplay(path, query) {
  const [busy, setBusy] = useState(false);
  const sending = useRef(false); // a second press comes before anything is drawn again
  const replay = async (edits) => {
    if (sending.current) return null;
    sending.current = true;
    setBusy(true);
    try {
      const { summary } = await post(`${path}/replay`, edits);
      guardLeaving(null);
      await go(["requests", String(summary.id)], query);
      const how = [outcomeWords(summary), summary.trouble].filter(Boolean).join(": ");
      notice(t("requests.sent", { how }), hasFailed(summary) ? "wrong" : "done");
      return null;
    } catch (error) {
      return error;
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  return [busy, replay];
}

function Details({ one, path, query, back, busy, replay }) {
  const { summary } = one;
  const cut = isCut(one.body);
  const again = async () => {
    const error = await replay({});
    if (error) notice(error.message, "wrong");
  };
  const about = html`<${Outcome} request=${summary} /> ${summary.host} <time>${moment(summary.at)}</time>
    <${Copy} text=${location.href} name=${t("requests.link")} />`;
  return html`
    <${Head}
      back=${back}
      title=${html`<${Title} text=${`${summary.method} ${summary.target}`} />`}
      subject=${`${summary.method} ${summary.target.slice(0, LONG)}`}
      about=${about}
    >
      <${Beside} path=${path} query=${query} />
      <button class="primary" disabled=${busy || cut} title=${cut ? cutWords(one.body) : undefined} onClick=${again}>
        ${t(busy ? "requests.sending" : "requests.replay")}
      </button>
    <//>
    <${Warnings} details=${one} />
    <${Again} details=${one} busy=${busy} onSend=${replay} />
    <${Card} title=${t("details.about")} size="full"><${About} details=${one} query=${query} /><//>
    <div class="cards halves">
      <${Half} title=${t("requests.request")} headers=${one.headers} body=${one.body} name=${`request-${summary.id}`} />
      <${Half} title=${t("requests.response")} headers=${one.responseHeaders} body=${one.responseBody} name=${`response-${summary.id}`} />
    </div>
    <${Curl} path=${path} details=${one} />
  `;
}

/** A long address is cut, until somebody wants to see it. */
function Title({ text }) {
  const [all, setAll] = useState(false);
  if (text.length <= LONG) return text;
  return html`${all ? text : `${text.slice(0, LONG)}…`}
    <button class="small" aria-expanded=${all} onClick=${() => setAll(!all)}>${t(all ? "do.less" : "do.more")}</button>`;
}

/** What stands before and behind it in the list. */
function Beside({ path, query }) {
  const asked = chosenBy(query);
  const found = useLoaded((signal) => get(`${path}/neighbours`, asked, signal), [path, JSON.stringify(asked)]);
  const link = (id, label, icon) =>
    id
      ? html`<a class="button icon" aria-label=${label} title=${label} href=${href(["requests", String(id)], query)}><${Icon} name=${icon} /></a>`
      : html`<button class="icon" aria-label=${label} disabled><${Icon} name=${icon} /></button>`;
  const { newer, older } = found.data ?? {};
  return html`${link(newer, t("requests.newer"), "up")} ${link(older, t("requests.older"), "down")}`;
}

const banner = (kind, icon, texts, role) =>
  texts.length > 0 &&
  html`<div class="banner ${kind}" role=${role}><${Icon} name=${icon} /><div>${texts.map((text) => html`<p>${text}</p>`)}</div></div>`;

/** Why there is no answer, and what is not as it was, or will not be. */
function Warnings({ details }) {
  const { summary, body } = details;
  const { trouble, without = [], again, outcome } = summary;
  const hidden = hiddenOf(details).join(", ");
  const texts = [
    outcome !== "" && isCut(body) && t("requests.unsent", { why: cutWords(body) }),
    hidden && t(again ? "requests.filled" : "requests.hidden", { names: hidden }),
    without.length > 0 && t("requests.without", { names: without.join(", ") }),
  ].filter(Boolean);
  return html`${banner("wrong", "error", trouble ? [trouble] : [], "alert")} ${banner("warn", "warning", texts)}`;
}

const link = (id, query) => html`<a href=${href(["requests", String(id)], query)}>#${id}</a>`;

const About = ({ details: { summary, repeats = [] }, query }) => html`<${Facts}
  items=${[
    [t("column.proxy"), html`<a href=${href(["proxies", summary.proxy])}>${summary.proxy}</a>`],
    [t("requests.peer"), summary.peer],
    [t("requests.answered"), summary.answered !== null && took(summary.answered)],
    [t("column.took"), lasted(summary)],
    [t("requests.again"), summary.again && link(summary.again, query)],
    [t("requests.repeats"), repeats.length > 0 && repeats.map((id) => html`${link(id, query)} `)],
  ]}
/>`;

const Half = ({ title, headers, body, name }) => html`<${Card} title=${title}>
  <table class="headers" aria-label=${t("requests.headers")}>
    ${headers.map(([header, value]) => html`<tr><th scope="row">${header}</th><td>${value}</td></tr>`)}
  </table>
  <${Body} body=${body} headers=${headers} name=${name} />
<//>`;
