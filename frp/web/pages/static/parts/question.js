import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { question } from "../lib/asking.js";
import { t } from "../lib/language.js";
import { useSignal } from "../lib/signal.js";

/** The question that is open, if any. */
export function Question() {
  const asked = useSignal(question);
  return asked && html`<${Asking} key=${asked.title} asked=${asked} />`;
}

function Asking({ asked }) {
  const dialog = useRef(null);
  const [reason, setReason] = useState("");
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown.showModal();
    return () => {
      shown.close(); // while it is open nothing outside of it can have the focus
      before?.focus();
    };
  }, []);
  const yes = (event) => {
    event.preventDefault();
    asked.answer({ reason: reason.trim() });
  };
  return html`
    <dialog ref=${dialog} class=${asked.more ? "wide" : ""} aria-labelledby="asked" onClose=${() => asked.answer(null)}>
      <form onSubmit=${yes}>
        <h2 id="asked">${asked.title}</h2>
        ${asked.text && html`<p>${asked.text}</p>`} ${asked.more}
        ${
          asked.reason &&
          html`<label class="field">
          <span>${asked.reason}</span>
          <input type="text" maxlength="200" value=${reason} onInput=${(event) => setReason(event.target.value)} />
        </label>`
        }
        <div class="actions">
          <button type="button" onClick=${() => asked.answer(null)}>${t("do.cancel")}</button>
          <button class=${asked.danger ? "danger" : "primary"}>${asked.yes}</button>
        </div>
      </form>
    </dialog>
  `;
}
