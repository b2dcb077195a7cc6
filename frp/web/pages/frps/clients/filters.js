/** What chooses among clients, and among proxies alike. */
import { Choice, get, html, t, Tabs, useLoaded } from "../../kit.js";

/** Those that are here, or are not; and who has not what it wants, or what is not to be here. */
export const Phases = ({ value }) => html`<${Tabs}
  name="status"
  value=${value}
  label=${t("column.status")}
  options=${[
    ["", t("filter.all")],
    ["online", t("status.online")],
    ["offline", t("status.offline")],
    ["refused", t("filter.refused")],
    ["disabled", t("status.disabled")],
  ]}
/>`;

/** Whose they are; nothing where there are no users. */
export function Users({ value }) {
  const { data } = useLoaded((signal) => get("api/v2/users", { pageSize: 200 }, signal), []);
  const users = (data?.items ?? []).map((one) => one.user).filter(Boolean);
  if (users.length === 0) return null;
  const options = [["", t("filter.users")], ...users.map((one) => [one, one])];
  return html`<${Choice} name="user" value=${value} label=${t("column.user")} options=${options} />`;
}
