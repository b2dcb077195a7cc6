import {
  Ago,
  Card,
  Empty,
  Facts,
  get,
  go,
  Head,
  href,
  html,
  Icon,
  Loaded,
  Missing,
  Pairs,
  Status,
  t,
  took,
  useEffect,
  useLoaded,
  useState,
  Why,
} from "../../kit.js";
import { chosen, labelOf, pruned, resolved } from "../../forms/schema.js";
import { discard } from "./actions.js";
import { everything } from "./kinds.js";

/** One proxy or visitor: what it does, and its configuration. */
export function Entry({ kind, name }) {
  const loaded = useLoaded((signal) => everything(kind, signal), [kind]);
  const back = { to: href([kind.page]), label: t(`page.${kind.page}`) };
  const missing = html`<${Missing} text=${t(`${kind.one}.missing`, { name })} to=${back.to} label=${back.label} />`;
  return html`<${Loaded} loaded=${loaded}>
    ${({ rows, store }) => {
      const found = rows.filter((one) => one.name === name); // one for each server
      const kept = (store ?? []).find((one) => one.name === name);
      if (found.length === 0) return missing;
      return html`<${Known} kind=${kind} name=${name} back=${back} found=${found} kept=${kept} reload=${loaded.reload} />`;
    }}
  <//>`;
}

function Known({ kind, name, back, found, kept, reload }) {
  const [tested, setTested] = useState(null);
  // What was found is old when it has come to run, or has ceased to.
  useEffect(() => setTested(null), [found.map((one) => one.status).join()]);
  const config = useLoaded((signal) => configured(kind, name, kept, signal), [kind, name, kept === undefined]);
  return html`
    <${Head}
      back=${back}
      title=${name}
      about=${html`${found.map((one) => html`<span><${Status} status=${one.status} /> ${one.server}</span>`)}
        <span class="tag">${found[0].type}</span> ${t(kept ? "source.store" : "source.config")}`}
    >
      ${kind.test && html`<${Test} test=${() => kind.test(name)} done=${(result) => (setTested(result), reload())} />`}
      ${config.data?.inspected && html`<a class="button" href=${href(["requests"], { proxy: name })}>${t("page.requests")}</a>`}
      ${
        kept
          ? html`<a class="button" href=${href([kind.page, name, "edit"])}><${Icon} name="edit" />${t("do.edit.short")}</a>
        <button class="danger" onClick=${() => discard(kind, name).then((gone) => gone && go([kind.page]))}>${t("do.delete.short")}</button>`
          : html`<a class="button" href=${href(["config"], { name })}><${Icon} name="edit" />${t("do.edit.file")}</a>`
      }
    <//>
    ${found.map((one) => one.err && html`<p class="banner wrong" role="alert"><${Icon} name="error" /><span>${one.server} <${Why} text=${one.err} /></span></p>`)}
    ${tested && html`<${Tested} ...${tested} />`}
    ${found.map((one) => one.service_err && html`<${Unreached} one=${one} />`)}
    <${Card} title=${t("entry.reach")} size="full">
      <${Facts} items=${kind.columns().map(({ title, cell }) => [title, found.map(cell)])} />
    <//>
    <${Card} title=${t("details.config")} size="full">
      <${Loaded} loaded=${config} missing=${html`<${Empty} text=${t("entry.noConfig")} />`}>
        ${({ rows }) => html`<${Facts} items=${rows} />`}
      <//>
    <//>
  `;
}

/** A proxy may run and yet lead nowhere, which only its users notice. */
const Unreached = ({ one }) => html`<p class="banner warn" role="alert">
  <${Icon} name="warning" />
  <span>${one.server} ${t("service.missed")} <${Ago} at=${one.service_err_at} />: <${Why} text=${one.service_err} /></span>
</p>`;

/** Connects to what it leads to, as for a user. */
function Test({ test, done }) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    done(await test().catch((error) => ({ untested: error.message })));
    setBusy(false);
  };
  return html`<button disabled=${busy} onClick=${press}>${t("do.test")}</button>`;
}

function Tested({ ok, seconds, why, untested }) {
  if (untested) return html`<p class="banner warn" role="status"><${Icon} name="warning" /><span>${untested}</span></p>`;
  return html`<p class="banner ${ok ? "good" : "wrong"}" role="status">
    <${Icon} name=${ok ? "check" : "error"} />
    <span>${ok ? t("service.answers", { took: took(seconds) }) : t("service.silent", { why })}</span>
  </p>`;
}

/**
 * Its configuration; of one that does not run the store knows it.
 *
 * @returns {Promise<{rows: Array<[string, *]>, inspected: boolean}>} inspected: its requests are kept
 */
async function configured(kind, name, kept, signal) {
  const own = get(kind.config(name), {}, signal).catch((error) => kept ?? Promise.reject(error));
  const [found, schemas] = await Promise.all([own, get("api/v2/schema", {}, signal)]);
  const schema = schemas[kind.page][found.type] ?? { properties: {} };
  const table = found[found.type] ?? {};
  const inspected = Boolean(table.inspect || table.plugin?.inspect);
  return { rows: rowsOf(pruned(table, schema, schema), schema, schema), inspected };
}

const HIDDEN = "••••••";

/** One row for each value, those of tables within it, too; secrets are not shown. */
function rowsOf(table, schema, root, above = []) {
  const { properties = {} } = (schema.oneOf ? chosen(schema, root)[table.type] : schema) ?? {};
  return Object.entries(table).flatMap(([key, value]) => {
    if (above.length === 0 && ["name", "type"].includes(key)) return [];
    const own = resolved(properties[key] ?? {}, root);
    const labels = [...above, labelOf(key)];
    const table = typeof value === "object" && !Array.isArray(value);
    // One that counts as soon as it is there is on, also with all its defaults.
    if (table && own.default === null && Object.keys(value).length === 0) return [[labels.join(" · "), shown(true)]];
    if ((table && own.type !== "object") || own.properties) return rowsOf(value, own, root, labels);
    return [[labels.join(" · "), own.writeOnly ? HIDDEN : shown(value)]];
  });
}

function shown(value) {
  if (typeof value === "boolean") return t(value ? "state.on" : "state.off");
  if (Array.isArray(value)) return value.map((one) => html`<div>${shown(one)}</div>`);
  return typeof value === "object" ? html`<${Pairs} items=${value} />` : String(value);
}
