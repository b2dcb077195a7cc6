/** What an operator keeps out, of clients and of proxies alike: also what has never been here. */
import { Ago, ask, attempt, called, href, html, Listing, post, segment, t, useListed } from "../../kit.js";

/**
 * Disable, once it is certain, or enable.
 *
 * @param {"clients" | "proxies"} what
 * @param {boolean} disabled whether it is now
 */
export async function toggle(what, name, disabled) {
  const path = `api/v2/${what}/${segment(name)}`;
  if (disabled) {
    await attempt(() => post(`${path}/enable`, {}), t(`${what}.enabled`, { name: called(name) }));
    return;
  }
  const answer = await ask({
    title: t("disable.title", { name: called(name) }),
    text: t(`${what}.disable.text`),
    reason: t("ask.reason"),
    yes: t("do.disable"),
    danger: true,
  });
  if (answer !== null) await attempt(() => post(`${path}/disable`, answer), t("disable.done", { name: called(name) }));
}

/** A button for that. */
export const Toggle = ({ what, name, disabled, then }) => html`
  <button class=${disabled ? "" : "danger"} onClick=${() => toggle(what, name, disabled).then(then)}>
    ${t(disabled ? "do.enable" : "do.disable")}
  </button>
`;

const whence = () => [
  {
    title: t("column.host"),
    cell: ({ hostname, clientIP }) => html`${hostname} <span class="dim">${clientIP}</span>`,
  },
];

const whose = () => [
  { title: t("column.type"), cell: ({ type }) => type && html`<span class="tag">${type}</span>` },
  { title: t("column.client"), cell: ({ client }) => client && html`<a href=${href(["clients", client])}>${client}</a>` },
];

/** @param {{what: "clients" | "proxies", query: object}} props */
export function Disabled({ what, query }) {
  const disabled = useListed(`api/v2/disabled?what=${what}`, query, ["q"]);
  const columns = [
    {
      title: t(what === "clients" ? "column.client" : "column.proxy"),
      head: true,
      cell: ({ name }) => html`<a href=${href([what, name])}>${called(name)}</a>`,
    },
    ...(what === "clients" ? whence() : whose()),
    { title: t("column.reason"), long: true, cell: ({ reason }) => reason },
    { title: t("column.since"), numeric: true, cell: ({ at }) => html`<${Ago} at=${at} />` },
    {
      title: "",
      numeric: true,
      bare: true,
      cell: ({ name }) => html`<${Toggle} what=${what} name=${name} disabled then=${disabled.reload} />`,
    },
  ];
  return html`<${Listing}
    listed=${disabled}
    label=${t("status.disabled")}
    columns=${columns}
    id=${({ name }) => name}
    none=${t("disable.none")}
  />`;
}
