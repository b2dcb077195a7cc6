import {
  Ago,
  Choice,
  Empty,
  Head,
  href,
  html,
  Icon,
  Loaded,
  Search,
  Status,
  t,
  Table,
  Tabs,
  useLoaded,
  Why,
} from "../../kit.js";
import { standing } from "../../parts/status.js";
import { Actions } from "./actions.js";
import { everything } from "./kinds.js";

const STATES = ["", "online", "unreached", "error", "waiting", "disabled"];

/** All proxies, or all visitors, of a client. They are few: what is shown of them is chosen here. */
export function List({ kind, query }) {
  const loaded = useLoaded((signal) => everything(kind, signal), [kind]);
  return html`
    <${Head} title=${t(`page.${kind.page}`)}>
      <a class="button primary" href=${href([kind.page], { form: "new" })}><${Icon} name="plus" />${t(`${kind.one}.new`)}</a>
    <//>
    <${Loaded} loaded=${loaded}>
      ${({ rows, store }) =>
        rows.length === 0
          ? html`<${Empty} text=${t(`${kind.one}.none`)} hint=${t(`${kind.one}.none.hint`)} />`
          : html`<${Rows} kind=${kind} query=${query} rows=${rows} store=${store} reload=${loaded.reload} />`}
    <//>
  `;
}

const values = (rows, key) => [...new Set(rows.map((one) => one[key] || "config"))].sort();

function Rows({ kind, query, rows, store, reload }) {
  const wanted = (query.q ?? "").toLowerCase();
  const fits = (one) =>
    (!query.type || one.type === query.type) &&
    (!query.source || (one.source || "config") === query.source) &&
    kind.texts(one).some((text) => (text ?? "").toLowerCase().includes(wanted));
  const fitting = rows.filter(fits);
  const of = (state) => fitting.filter((one) => !state || standing(one) === state);
  const shown = of(query.status);
  const states = STATES.filter((state) => !state || state === query.status || of(state).length > 0);
  return html`
    <div class="filters">
      <${Tabs}
        name="status"
        value=${query.status}
        label=${t("column.status")}
        options=${states.map((state) => [state, t(`filter.${state || "all"}`), of(state).length])}
      />
      <${Choice} name="type" value=${query.type} label=${t("column.type")} options=${[["", t("filter.types")], ...values(rows, "type").map((one) => [one, one])]} />
      ${
        store !== null &&
        html`<${Choice}
        name="source"
        value=${query.source}
        label=${t("column.source")}
        options=${[
          ["", t("filter.sources")],
          ["config", t("source.config")],
          ["store", t("source.store")],
        ]}
      />`
      }
      <${Search} value=${query.q} label=${t(`${kind.page}.search`)} />
    </div>
    ${
      shown.length === 0
        ? html`<${Empty} text=${t("filter.none")} />`
        : html`<${Table} label=${t(`page.${kind.page}`)} columns=${columns(kind, rows, store, reload)} rows=${shown} id=${(one) => `${one.name} ${one.server ?? ""}`} />`
    }
  `;
}

const columns = (kind, rows, store, reload) =>
  [
    {
      title: t(`column.${kind.one}`),
      head: true,
      cell: (one) => html`<a href=${href([kind.page, one.name])}>${one.name}</a>`,
    },
    { title: t("column.type"), cell: (one) => html`<span class="tag">${one.type}</span>` },
    {
      title: t("column.status"),
      cell: (one) =>
        html`<span>
          <${Status} status=${one.status} />${one.err && html`<div><${Why} text=${one.err} /></div>`}
          ${one.service_err && html`<div><${Status} status="unreached" /> <${Ago} at=${one.service_err_at} dim /><div><${Why} text=${one.service_err} /></div></div>`}
        </span>`,
    },
    ...kind.columns(),
    rows.some((one) => one.server) && { title: t("column.server"), cell: (one) => one.server },
    store !== null && {
      title: t("column.source"),
      cell: (one) => html`<span class="dim">${t(`source.${one.source || "config"}`)}</span>`,
    },
    store !== null && {
      title: "",
      bare: true,
      cell: (one) =>
        one.source === "store" && html`<${Actions} kind=${kind} name=${one.name} store=${store} done=${reload} />`,
    },
  ].filter(Boolean);
