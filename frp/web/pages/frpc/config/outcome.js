import { counted, get, href, html, Icon, t, useLoaded } from "../../kit.js";
import { goodness } from "../../parts/status.js";

/** All proxies and visitors, each with the page that it is on. */
async function everything(signal) {
  const pages = ["proxies", "visitors"];
  const lists = await Promise.all(pages.map((page) => get(`api/v2/${page}`, {}, signal)));
  return pages.flatMap((page, index) => lists[index].map((one) => ({ ...one, page })));
}

const Named = ({ one }) => html`<a href=${href([one.page, one.name])}>${one.name}</a>${one.err && ` (${one.err})`}`;

const names = (all) => all.map((one, index) => html`${index > 0 && ", "}<${Named} one=${one} />`);

/**
 * What came of a configuration that was read again, as long as the page is there: whether a proxy runs turns out later.
 *
 * @param {{said: string, waiting: string[]}} props waiting are keys that count at the next start only
 */
export function Outcome({ said, waiting }) {
  const { data } = useLoaded(everything, []);
  const how = (state) => (data ?? []).filter((one) => goodness(one.status) === state);
  const [failed, pending] = [how("error"), how("waiting")];
  return html`<div role="status">
    <p class="banner good"><${Icon} name="check" />${said}</p>
    ${waiting.length > 0 && html`<p class="banner warn"><${Icon} name="warning" />${t("config.waiting", { keys: waiting.join(", ") })}</p>`}
    ${failed.length > 0 && html`<p class="banner wrong"><${Icon} name="error" /><span>${counted("config.failed", failed.length)} ${names(failed)}</span></p>`}
    ${pending.length > 0 && html`<p class="banner"><${Icon} name="waiting" /><span>${t("config.pending")} ${names(pending)}</span></p>`}
  </div>`;
}
