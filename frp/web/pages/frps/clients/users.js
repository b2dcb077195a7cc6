import { get, t, useLoaded } from "../../kit.js";

/** Whose clients and proxies there are, as a choice; none where there are no users. */
export function useUsers() {
  const { data } = useLoaded((signal) => get("api/v2/users", { pageSize: 200 }, signal), []);
  const users = (data?.items ?? []).map((one) => one.user).filter(Boolean);
  return users.length ? [["", t("filter.users")], ...users.map((one) => [one, one])] : [];
}
