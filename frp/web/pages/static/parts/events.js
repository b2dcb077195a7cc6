/** All that has happened, as far as it is kept: a page, and a card. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { useLoaded } from "../lib/loaded.js";
import { get } from "../lib/request.js";
import { href } from "../lib/route.js";
import { Choice, Pager, Search } from "./filters.js";
import { List } from "./happenings.js";
import { Card, Head } from "./layout.js";
import { useListed } from "./listing.js";
import { Empty, Loaded } from "./states.js";

const LATEST = "api/v2/events/latest";

/** What is wrong, whatever it has happened to. */
const PROBLEMS =
  "client.refused,proxy.error,proxy.missed,server.error,server.out,visitor.error";

const KINDS = [
  ["", "filter.all"],
  [PROBLEMS, "events.problems"],
  ["client", "page.clients"],
  ["server", "overview.servers"],
  ["proxy", "page.proxies"],
  ["visitor", "page.visitors"],
  ["config", "page.config"],
];

/** Those of the other program are not offered. */
const kinds = (program) =>
  KINDS.filter(([topic]) => (program === "frps" ? !["server", "visitor", "config"].includes(topic) : topic !== "client"));

/** @param {{query: object, program: "frps" | "frpc"}} props */
export function Events({ query, program }) {
  const listed = useListed(LATEST, query, ["topic", "client", "q"]);
  return html`
    <${Head} title=${t("page.events")} />
    <div class="filters">
      <${Choice}
        name="topic"
        value=${query.topic}
        label=${t("events.kind")}
        options=${kinds(program).map(([topic, key]) => [topic, t(key)])}
      />
      <${Search} value=${query.q} label=${t("events.search")} />
    </div>
    <${Loaded} loaded=${listed}>
      ${({ items, total }) =>
        total === 0
          ? html`<${Empty} text=${t("happenings.none")} hint=${listed.filtered ? t("filter.none") : ""} />`
          : html`<${Card} title=${t("page.events")} size="full"><${List} all=${items} /><//>
              <${Pager} total=${total} page=${listed.page} size=${listed.size} />`}
    <//>
  `;
}

/** Ways to it, from a card with the latest. */
export const AllEvents = () => html`<span>
  <a href=${href(["events"], { topic: PROBLEMS })}>${t("events.problems")}</a> · <a href=${href(["events"])}>${t("events.all")}</a>
</span>`;

/** What has happened to a client and its proxies; nothing where that is not known. */
export function EventsOf({ client }) {
  const { data } = useLoaded((signal) => get(LATEST, { client, pageSize: 10 }, signal), [client]);
  if (!data?.total) return null;
  const more = html`<a href=${href(["events"], { client })}>${t("events.all")}</a>`;
  return html`<${Card} title=${t("overview.happenings")} size="full" aside=${data.total > 10 && more}>
    <${List} all=${data.items} />
  <//>`;
}
