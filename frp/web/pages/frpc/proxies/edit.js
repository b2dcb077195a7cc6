import {
  Card,
  Copy,
  get,
  go,
  guardLeaving,
  Head,
  href,
  html,
  Icon,
  inOrder,
  Loaded,
  Missing,
  ask,
  notice,
  post,
  put,
  segment,
  t,
  useEffect,
  useLoaded,
  useState,
} from "../../kit.js";
import { Form } from "../../forms/form.js";
import { showFirst, Told, unchanged } from "../../forms/problems.js";
import { labelOf, pruned } from "../../forms/schema.js";
import { toTOML } from "../../forms/toml.js";
import { stored } from "./kinds.js";

/** A new one, or one that the store holds. */
export function Edit({ kind, name, query }) {
  const loaded = useLoaded(
    async (signal) => {
      const [schemas, store] = await Promise.all([get("api/v2/schema", {}, signal), stored(kind, signal)]);
      return { schemas: schemas[kind.page], store };
    },
    [kind, name],
    { live: false },
  );
  return html`<${Loaded} loaded=${loaded}>
    ${({ schemas, store }) => {
      const entry = (store ?? []).find((one) => one.name === name);
      const types = inOrder(Object.keys(schemas));
      if (name && !(entry && entry.type in schemas)) {
        return html`<${Missing} text=${t("entry.notStored", { name })} to=${href([kind.page])} label=${t(`page.${kind.page}`)} />`;
      }
      const type = entry?.type ?? (types.includes(query.type) ? query.type : types[0]);
      const block = entry ? pruned(entry[type], schemas[type], schemas[type]) : {};
      return html`<${Editing} kind=${kind} entry=${entry} first=${{ ...block, name: name ?? "", type }} schemas=${schemas} kept=${store !== null} />`;
    }}
  <//>`;
}

/** A slip of the pen is to be told. */
const STRICTLY = { strictConfig: "true" };

/** The reference takes a proxy that leads nowhere. Here nobody means it. */
const serviceless = ({ localPort, localEndpoint, plugin }, { properties }) =>
  "localPort" in properties && !localPort && !localEndpoint && !plugin?.type
    ? [{ path: "localPort", problem: t("form.noService"), hint: "" }]
    : [];

const leaving = async () =>
  (await ask({ title: t("form.leave.title"), text: t("form.leave.text"), yes: t("form.leave"), danger: true })) !==
  null;

function Editing({ kind, entry, first, schemas, kept }) {
  const [value, setValue] = useState(first);
  const [wrong, setWrong] = useState(null);
  const [problems, setProblems] = useState([]);
  const [busy, setBusy] = useState(false);
  const dirty = JSON.stringify(value) !== JSON.stringify(first);
  useEffect(() => guardLeaving(dirty ? leaving : null), [dirty]);
  useEffect(() => () => guardLeaving(null), []);
  useEffect(() => void (wrong && (showFirst() || scrollTo(0, 0))), [wrong]);
  const { type, ...block } = value;
  const schema = schemas[type];
  const back = { to: href(entry ? [kind.page, entry.name] : [kind.page]), label: t(`page.${kind.page}`) };

  const edit = (next) => {
    setProblems(unchanged(problems, value, next));
    setValue(next);
  };
  const save = async () => {
    const lacks = serviceless(block, schema);
    setProblems(lacks);
    if (lacks.length > 0) return setWrong({ message: "", problems: lacks });
    setBusy(true);
    setWrong(null);
    try {
      const whole = { name: block.name, type, [type]: block };
      await (entry ? put(`${kind.store}/${segment(entry.name)}`, whole, STRICTLY) : post(kind.store, whole, STRICTLY));
      notice(t(entry ? "entry.saved" : "entry.created", { name: block.name }));
      guardLeaving(null);
      go([kind.page, block.name]);
    } catch (error) {
      setWrong(error);
      setProblems(error.problems);
      setBusy(false);
    }
    return undefined;
  };
  // Keys that the other type has as well keep their values.
  const retype = (next) =>
    edit({
      ...Object.fromEntries(Object.entries(block).filter(([key]) => key in schemas[next].properties)),
      type: next,
    });

  return html`
    <${Head} back=${back} title=${entry ? t("form.edit", { name: entry.name }) : t(`${kind.one}.new`)} about=${entry && html`<span class="tag">${type}</span>`} />
    ${!kept && html`<p class="banner warn"><${Icon} name="warning" /><span>${t("form.noStore")} <code>store.path = "./frpc-store.json"</code></span></p>`}
    ${wrong && (wrong.problems.length === 0 || problems.length > 0) && html`<${Refusal} text=${wrong.message} problems=${problems} />`}
    ${!entry && html`<${Types} types=${inOrder(Object.keys(schemas))} value=${type} onChange=${retype} />`}
    <${Told} problems=${problems}>
    <${Form} key=${type} schema=${schema} value=${block} fixed=${entry ? ["name"] : []} onChange=${(next) => edit({ ...next, type })} onSubmit=${save}>
      <${Card} title=${t("form.file")} aside=${html`<${Copy} text=${toTOML(kind.page, shown(value))} name=${t("form.file")} />`}>
        <pre class="code">${toTOML(kind.page, shown(value))}</pre>
      <//>
      <div class="actions">
        <button class="primary" disabled=${busy || !kept}>${t(entry ? "form.save" : "form.create")}</button>
        <a class="button" href=${back.to}>${t("do.cancel")}</a>
      </div>
    <//>
    <//>
  `;
}

/** What else is told at the fields is here for whoever does not see them, and for keys that have none. */
const Refusal = ({ text, problems }) => html`<div class="banner wrong" role="alert">
  <${Icon} name="error" />
  <div>${problems.length > 0 ? [t("form.wrong"), ...problems.map((one) => one.problem)].map((line) => html`<div>${line}</div>`) : text}</div>
</div>`;

/** The name first, as people write it. */
const shown = ({ name, type, ...others }) => ({ name, type, ...others });

const Types = ({ types, value, onChange }) => html`<div class="tabs types" role="group" aria-label=${labelOf("type")}>
  ${types.map((one) => html`<button type="button" aria-pressed=${one === value} onClick=${() => onChange(one)}>${one}</button>`)}
</div>`;
