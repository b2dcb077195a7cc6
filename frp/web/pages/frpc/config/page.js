/** The configuration file: looked at, checked, compared, written, and read by frpc again. */
import {
  ask,
  attempt,
  Empty,
  get,
  guardLeaving,
  Head,
  html,
  Icon,
  Loaded,
  notice,
  request,
  t,
  useEffect,
  useLoaded,
  useState,
} from "../../kit.js";
import { diff } from "../../editor/diff.js";
import { Editor, goToLine } from "../../editor/editor.js";

/** Without a file there is nothing to edit, which is no failure. */
async function read(signal) {
  try {
    return { text: await get("api/config", {}, signal) };
  } catch (error) {
    if (error.status !== 400) throw error;
    return { why: error.message };
  }
}

export default function Config() {
  const loaded = useLoaded(read, [], { live: false });
  return html`<${Loaded} loaded=${loaded}>
    ${({ text, why }) =>
      why === undefined
        ? html`<${Editing} key=${text} before=${text} reload=${loaded.reload} />`
        : html`<${Head} title=${t("page.config")} /><${Empty} text=${t("config.none")} hint=${why} />`}
  <//>`;
}

const leaving = async () =>
  (await ask({ title: t("form.leave.title"), text: t("form.leave.text"), yes: t("form.leave"), danger: true })) !==
  null;

/** @returns {Promise<Array<{path: string, problem: string, line: ?number, hint: ?string}>>} */
const check = async (text) => (await request("POST", "api/v2/config/check", { text })).problems;

function Editing({ before, reload }) {
  const [text, setText] = useState(before);
  const [problems, setProblems] = useState(null);
  const [busy, setBusy] = useState(false);
  const dirty = text !== before;
  useEffect(() => guardLeaving(dirty ? leaving : null), [dirty]);
  useEffect(() => () => guardLeaving(null), []);

  const during = async (work) => {
    setBusy(true);
    await attempt(work);
    setBusy(false);
  };
  const look = async () => {
    const found = await check(text);
    setProblems(found);
    return found;
  };
  const save = async () => {
    if ((await look()).length > 0) return notice(t("config.notSaved"), "wrong");
    const question = {
      title: t("config.save.title"),
      text: t("config.save.text"),
      yes: t("config.save"),
      more: html`<${Diff} before=${before} after=${text} />`,
    };
    if ((await ask(question)) === null) return undefined;
    await request("PUT", "api/config", { text });
    await get("api/reload", { strictConfig: true });
    notice(t("config.saved"));
    return reload();
  };

  return html`
    <${Head} title=${t("page.config")} about=${t("config.about")}>
      <button disabled=${busy} onClick=${() => during(look)}>${t("config.check")}</button>
      <button class="primary" disabled=${busy || !dirty || text === ""} onClick=${() => during(save)}>${t("config.save")}</button>
    <//>
    ${problems !== null && html`<${Problems} problems=${problems} text=${text} />`}
    <${Editor}
      label=${t("page.config")}
      value=${text}
      wrong=${new Set((problems ?? []).map((one) => one.line))}
      onChange=${(next) => {
        setText(next);
        setProblems(null);
      }}
    />
  `;
}

function Problems({ problems, text }) {
  if (problems.length === 0)
    return html`<p class="banner good" role="status"><${Icon} name="check" />${t("config.fine")}</p>`;
  return html`<ul class="problems" role="alert">
    ${problems.map(
      ({ path, problem, line, hint }) => html`<li>
        ${line > 0 && html`<button class="line" onClick=${() => goToLine(text, line)}>${t("config.line", { line })}</button>`}
        <div><code>${path}</code> ${problem}${hint && html`<div class="dim">${hint}</div>`}</div>
      </li>`,
    )}
  </ul>`;
}

const SIGNS = { added: "+", removed: "−", same: " ", skipped: " " };

const Diff = ({ before, after }) => html`<div class="diff" role="region" aria-label=${t("config.diff")} tabindex="0">
  ${diff(before, after).map(({ kind, text }) => html`<div class=${kind}>${SIGNS[kind]} ${text}</div>`)}
</div>`;
