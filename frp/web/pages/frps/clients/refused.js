/** Clients that were not let in. What they say of themselves need not be true. */
import { Ago, Card, get, html, number, t, Table, useLoaded } from "../../kit.js";

const columns = () => [
  { title: t("column.client"), head: true, cell: (one) => one.client || one.user || one.hostname || one.address },
  { title: t("column.host"), cell: (one) => html`${one.hostname} <span class="dim">${one.address}</span>` },
  { title: t("column.reason"), cell: (one) => one.reason },
  { title: t("column.times"), numeric: true, cell: (one) => number(one.times) },
  { title: t("column.last"), numeric: true, cell: (one) => html`<${Ago} at=${one.at} />` },
];

const id = (one) => `${one.address} ${one.client} ${one.user} ${one.hostname}`;

/**
 * Those that fit; frps keeps no more than a page of them.
 *
 * @param {{asked: {client?: string, user?: string, q?: string}, otherwise?: *}} props what is shown in place of none
 */
export function RefusedLogins({ asked, otherwise = null }) {
  const { data } = useLoaded(
    (signal) => get("api/v2/refusals/logins", { ...asked, pageSize: 200 }, signal),
    [JSON.stringify(asked)],
  );
  if (data === null) return null;
  if (data.total === 0) return otherwise;
  return html`<${Card} title=${t("clients.kept.out")} size="full">
    <${Table} label=${t("clients.kept.out")} columns=${columns()} rows=${data.items} id=${id} />
  <//>`;
}
