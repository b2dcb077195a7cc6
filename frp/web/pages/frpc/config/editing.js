import { ask, Card, guardLeaving, Head, html, notice, t, useEffect, useRef, useState } from "../../kit.js";
import { Diff } from "../../editor/diff.js";
import { Editor, goToLine } from "../../editor/editor.js";
import { check, lineNamed, read, reread, write } from "./file.js";
import { Outcome } from "./outcome.js";
import { Problems } from "./problems.js";

const leaving = async () =>
  (await ask({ title: t("form.leave.title"), text: t("form.leave.text"), yes: t("form.leave"), danger: true })) !==
  null;

const certain = (before, after) =>
  ask({
    title: t("config.save.title"),
    text: t("config.save.text"),
    yes: t("config.save"),
    more: html`<${Diff} label=${t("config.diff")} before=${before} after=${after} />`,
  });

/** @param {{file: import("./file.js").File, name?: string}} props name is where to begin */
export function Editing({ file, name }) {
  const [base, setBase] = useState(file);
  const [text, setText] = useState(file.text);
  const [other, setOther] = useState(null);
  const [problems, setProblems] = useState(null);
  const [outcome, setOutcome] = useState(null);
  const [busy, setBusy] = useState(false);
  const told = useRef(null);
  const dirty = text !== base.text;
  useEffect(() => guardLeaving(dirty ? leaving : null), [dirty]);
  useEffect(() => () => guardLeaving(null), []);
  // What is told stands above the text, and may be out of sight for whoever presses a button below it.
  for (const news of [other, outcome, problems]) {
    useEffect(() => void (news && told.current.scrollIntoView({ block: "nearest" })), [news]);
  }
  useEffect(() => {
    const line = name ? lineNamed(file.text, name) : 0;
    if (line) goToLine(file.text, line);
  }, [name]);

  const during = async (work) => {
    setBusy(true);
    setOutcome(null);
    try {
      await work();
    } catch (error) {
      if (error.problems?.length) setProblems(error.problems);
      else notice(error.message, "wrong");
    }
    setBusy(false);
  };
  const edit = (next) => {
    setText(next);
    setProblems(null);
  };
  const take = (now) => {
    setBase(now);
    setOther(null);
    edit(now.text);
  };
  const look = async () => {
    const found = await check(text);
    setProblems(found);
    return found;
  };
  const reload = async (said) => {
    take(await read());
    setOutcome({ said, ...(await reread()) });
  };
  const save = async (over) => {
    if ((await look()).length > 0) return notice(t("config.notSaved"), "wrong");
    if ((await certain(over.text, text)) === null) return undefined;
    try {
      await write(text, over);
    } catch (error) {
      if (error.status !== 412) throw error;
      return setOther(await read());
    }
    return reload(t("config.saved"));
  };

  return html`
    <${Head} title=${t("page.config")} about=${t("config.about")} />
    <div ref=${told}>
      ${other && html`<${Changed} base=${base} other=${other} text=${text} mine=${() => during(() => save(other))} theirs=${() => take(other)} />`}
      ${outcome && html`<${Outcome} ...${outcome} />`}
      ${problems !== null && html`<${Problems} problems=${problems} text=${text} />`}
    </div>
    <${Editor} label=${t("page.config")} value=${text} wrong=${new Set((problems ?? []).map((one) => one.line))} onChange=${edit} />
    <div class="actions stay">
      <button disabled=${busy} onClick=${() => during(look)}>${t("config.check")}</button>
      ${
        dirty
          ? html`<button class="primary" disabled=${busy || text === ""} onClick=${() => during(() => save(base))}>${t("config.save")}</button>`
          : html`<button disabled=${busy} onClick=${() => during(() => reload(t("config.reread")))}>${t("config.reload")}</button>`
      }
    </div>
  `;
}

/** Somebody else has changed the file meanwhile: nothing of either is lost before somebody has said so. */
const Changed = ({ base, other, text, mine, theirs }) => html`<div role="alert">
  <${Card} title=${t("config.changed")}>
    <p>${t("config.changed.text")}</p>
    <h3>${t("config.theirs")}</h3>
    <${Diff} label=${t("config.theirs")} before=${base.text} after=${other.text} />
    <h3>${t("config.mine")}</h3>
    <${Diff} label=${t("config.mine")} before=${base.text} after=${text} />
    <div class="actions">
      <button class="danger" onClick=${mine}>${t("config.mine.take")}</button>
      <button class="danger" onClick=${theirs}>${t("config.theirs.take")}</button>
    </div>
  <//>
</div>`;
