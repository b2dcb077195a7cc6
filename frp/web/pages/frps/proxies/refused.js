/** Proxies that clients which are here want, and have not. */
import { Ago, Card, get, href, html, Listing, number, t, Table, useListed, useLoaded } from "../../kit.js";
import { Named } from "./rows.js";

const id = (one) => `${one.client} ${one.name}`;

/** Why, and in it the way to who has it instead. */
function Reason({ reason, holder }) {
  const [page, name] = holder?.client ? ["clients", holder.client] : ["proxies", holder?.proxy];
  const at = holder ? reason.lastIndexOf(`[${name}]`) + 1 : 0;
  if (at === 0) return reason;
  return html`${reason.slice(0, at)}<a href=${href([page, name])}>${name}</a>${reason.slice(at + name.length)}`;
}

const columns = ({ client = true, proxy = true } = {}) =>
  [
    proxy && {
      title: t("column.proxy"),
      head: true,
      cell: (one) => html`<${Named} ...${one} />`,
    },
    client && {
      title: t("column.client"),
      cell: (one) => html`<a href=${href(["clients", one.client])}>${one.client}</a>`,
    },
    { title: t("column.reason"), long: true, cell: (one) => html`<${Reason} ...${one} />` },
    { title: t("column.times"), numeric: true, cell: (one) => number(one.times) },
    { title: t("column.since"), numeric: true, cell: (one) => html`<${Ago} at=${one.since} />` },
  ].filter(Boolean);

/** All of them. */
export const RefusedListing = ({ query }) => html`<${Listing}
  listed=${useListed("api/v2/refusals", query, ["type", "user", "q"])}
  label=${t("filter.refused")}
  columns=${columns()}
  id=${id}
  none=${t("refused.none")}
  hint=${t("refused.none.hint")}
/>`;

/** Those of one client, or of one name; nothing, where there are none. @param {{asked: {client?: string, name?: string}}} props */
export function Refused({ asked }) {
  const { data } = useLoaded((signal) => get("api/v2/refusals", { ...asked, pageSize: 200 }, signal), [JSON.stringify(asked)]);
  if (data === null || data.total === 0) return null;
  const shown = columns({ client: !asked.client, proxy: !asked.name });
  return html`<${Card} title=${t("filter.refused")}>
    <${Table} label=${t("filter.refused")} columns=${shown} rows=${data.items} id=${id} />
  <//>`;
}
