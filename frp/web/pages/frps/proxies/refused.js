/** Proxies that clients which are here want, and have not. */
import { Ago, Card, get, href, html, Listing, number, t, Table, useListed, useLoaded } from "../../kit.js";
import { Named } from "./rows.js";

const id = (one) => `${one.client} ${one.name}`;

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
    { title: t("column.reason"), cell: (one) => one.reason },
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

/**
 * Those of one client, or of one name; nothing, where there are none.
 *
 * @param {{asked: {client?: string, name?: string}, otherwise?: *}} props in place of nothing
 */
export function Refused({ asked, otherwise = null }) {
  const { data } = useLoaded((signal) => get("api/v2/refusals", { ...asked, pageSize: 200 }, signal), [JSON.stringify(asked)]);
  if (data === null) return null;
  if (data.total === 0) return otherwise;
  const shown = columns({ client: !asked.client, proxy: !asked.name });
  return html`<${Card} title=${t("filter.refused")}>
    <${Table} label=${t("filter.refused")} columns=${shown} rows=${data.items} id=${id} />
  <//>`;
}
