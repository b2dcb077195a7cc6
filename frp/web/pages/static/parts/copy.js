import { html, useState } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { notice } from "../lib/notices.js";
import { Icon } from "./icons.js";

/** The clipboard's own way is there over HTTPS and on this machine only. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error(t("copy.failed"));
  return undefined;
}

/** A button that copies a text; what it is called is the text itself, unless that is long. */
export function Copy({ text, name = text }) {
  const [done, setDone] = useState(false);
  const press = async (event) => {
    event.preventDefault();
    try {
      await copy(text);
      setDone(true);
      setTimeout(setDone, 1500, false);
    } catch (error) {
      notice(error.message, "wrong");
    }
  };
  const label = t(done ? "copy.done" : "copy.do", { text: name });
  return html`<button type="button" class="icon copy" aria-label=${label} title=${label} onClick=${press}>
    <${Icon} name=${done ? "check" : "copy"} />
  </button>`;
}

/** What a browser can open: a wildcard stands for many hosts. */
const OPENED = /^https?:\/\/[^*]+$/;

/** Many a port is that of a web server, which a browser finds out. */
const TRIED = /^tcp:(\/\/[^*]+)$/;

function Try({ text }) {
  const [, rest] = text.match(TRIED) ?? [];
  const label = t("address.open", { text });
  return (
    rest &&
    html`<a class="button icon copy" href=${`http:${rest}`} target="_blank" rel="noreferrer" aria-label=${label} title=${label}>
      <${Icon} name="open" />
    </a>`
  );
}

/** One that is long may be broken behind these. */
const JOINT = /(?<=[./])(?=[^./])/;
const LONG = 24;

/** An address, which may be a link, with a button that copies it. */
export function Address({ text }) {
  const parts = text.length > LONG ? text.split(JOINT) : [text];
  const shown = html`<code>${parts.map((part) => html`${part}<wbr />`)}</code>`;
  return html`<span class="address">
    ${OPENED.test(text) ? html`<a href=${text} target="_blank" rel="noreferrer">${shown}</a>` : shown}
    <${Try} text=${text} /><${Copy} text=${text} />
  </span>`;
}
