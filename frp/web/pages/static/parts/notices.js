import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { dismiss, notices } from "../lib/notices.js";
import { useSignal } from "../lib/signal.js";
import { Icon } from "./icons.js";

/** What {@link notices} holds; a screen reader says it. */
export function Notices() {
  const shown = useSignal(notices);
  return html`
    <div class="notices" role="status" aria-live="polite">
      ${shown.map(
        ({ id, text, kind }) => html`<div key=${id} class="notice ${kind}">
          <${Icon} name=${kind === "done" ? "check" : "error"} />
          <span>${text}</span>
          <button class="icon" aria-label=${t("do.dismiss")} onClick=${() => dismiss(id)}><${Icon} name="close" /></button>
        </div>`,
      )}
    </div>
  `;
}
