/** What stands around every page: the top bar, the side bar, words about what was done, and questions. */
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { language, chooseLanguage, LANGUAGES, said, t } from "./lib/language.js";
import { keepFocus } from "./lib/focus.js";
import { startLive, state, tick } from "./lib/live.js";
import { unreachable, useLoaded } from "./lib/loaded.js";
import { get, respond } from "./lib/request.js";
import { href, mayLeave, useRoute } from "./lib/route.js";
import { returning } from "./lib/scrolling.js";
import { useSignal } from "./lib/signal.js";
import { switchTheme, theme } from "./lib/theme.js";
import { subject } from "./lib/title.js";
import { Icon } from "./parts/icons.js";
import { Notices } from "./parts/notices.js";
import { Question } from "./parts/question.js";
import { Failed, Loading, Missing } from "./parts/states.js";

const NARROW = matchMedia("(max-width: 760px)");

const titleOf = (page) => (said(`page.${page.name}`) ? t(`page.${page.name}`) : page.title);

/** @param {{menu: {program: string, version: string, pages: Array<{name: string, title: string}>}}} props */
export function Frame({ menu }) {
  const words = useSignal(language);
  const route = useRoute();
  const shown = useSignal(subject);
  const [open, setOpen] = useState(false);
  const page = route.page ? menu.pages.find((one) => one.name === route.page) : menu.pages[0];
  const main = useRef(null);
  useEffect(startLive, []);
  useEffect(keepFocus, []);
  useEffect(() => setOpen(false), [route]);
  useEffect(() => {
    document.title = [shown, page && titleOf(page), t(`program.${menu.program}`)].filter(Boolean).join(" · ");
  }, [page, words, shown]);
  // Whoever does not see the page hears that it is another one.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current.focus({ preventScroll: true });
    first.current = false;
    if (!returning()) scrollTo(0, 0);
  }, [route.page, route.path.join("/")]);

  return html`
    <a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), main.current.focus())}>${t("frame.skip")}</a>
    <${TopBar} menu=${menu} open=${open} onMenu=${() => setOpen(!open)} />
    <div class="body">
      <${SideBar} menu=${menu} current=${page} open=${open} onClose=${() => setOpen(false)} />
      <main id="main" tabindex="-1" ref=${main}>
        <${Notices} />
        <${Banner} />
        ${
          page
            ? html`<${Content} key=${`${page.name} ${words}`} page=${page} route=${route} menu=${menu} />`
            : html`<${Missing} text=${t("missing.page")} />`
        }
      </main>
    </div>
    <${Question} />
  `;
}

function TopBar({ menu, open, onMenu }) {
  const shade = useSignal(theme);
  const choose = async ({ target }) => {
    if (await mayLeave()) await chooseLanguage(target.value);
    else target.value = language.value;
  };
  return html`
    <header class="top">
      <button class="icon menu" aria-label=${t("frame.menu")} aria-expanded=${open} aria-controls="side" onClick=${onMenu}>
        <${Icon} name=${open ? "close" : "menu"} />
      </button>
      <a class="brand" href="#/"><${Icon} name="logo" /><b>frp</b><span class="tag">${t(`frame.${menu.program}`)}</span></a>
      <span class="space" />
      <${Liveness} />
      <label class="language">
        <span class="hidden">${t("frame.language")}</span>
        <select value=${language.value} onChange=${choose}>
          ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code}>${name}</option>`)}
        </select>
      </label>
      <button class="icon" aria-label=${t(shade === "dark" ? "frame.light" : "frame.dark")} onClick=${switchTheme}>
        <${Icon} name=${shade === "dark" ? "sun" : "moon"} />
      </button>
    </header>
  `;
}

/** Whether what is shown is what is. */
function Liveness() {
  const how = useSignal(state);
  const lost = useSignal(unreachable);
  const shown = lost ? "lost" : how;
  return html`<span class="live" data-state=${shown} role="status" title=${t(`live.${shown}.hint`)}>
    <i aria-hidden="true" /><span>${t(`live.${shown}`)}</span>
  </span>`;
}

function SideBar({ menu, current, open, onClose }) {
  useEffect(() => {
    if (!open) return undefined;
    const close = (event) => {
      if (event.key !== "Escape") return;
      onClose();
      document.querySelector(".top .menu").focus();
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [open]);
  return html`
    <div class="veil ${open ? "open" : ""}" onClick=${onClose} />
    <nav id="side" class="side ${open ? "open" : ""}" aria-label=${t("frame.pages")}>
      <ul>
        ${menu.pages.map(
          (page) => html`<li>
            <a
              href=${href([page.name])}
              aria-current=${page === current ? "page" : undefined}
              onClick=${() => NARROW.matches && onClose()}
            >
              <${Icon} name=${page.name} />${titleOf(page)}
            </a>
          </li>`,
        )}
      </ul>
      <p class="version">${t(`program.${menu.program}`)} ${menu.version}</p>
    </nav>
  `;
}

/** What whoever keeps this program should know. */
function Banner() {
  // Asked again like all that is shown, so that every page hears of it when the program is away.
  const { data: warnings } = useLoaded((signal) => get("api/v2/notices", {}, signal), []);
  const lost = useSignal(unreachable);
  return html`
    ${lost && html`<p class="banner wrong" role="alert"><${Icon} name="error" />${t("frame.lost")}</p>`}
    ${(warnings ?? []).map((text) => html`<p class="banner warn" role="note"><${Icon} name="warning" />${text}</p>`)}
  `;
}

/** Browsers may remember of a module that it could not be loaded, so one is asked for when it is there. */
async function loaded(page) {
  const path = `./pages/${encodeURIComponent(page.name)}/page.js`;
  await respond("GET", `static/${path}`);
  return (await import(path)).default;
}

/** A page is loaded when somebody goes there for the first time; and again, until the program answers. */
function Content({ page, route, menu }) {
  const [found, setFound] = useState(null);
  const load = () =>
    loaded(page).then(
      (component) => {
        unreachable.set(null);
        setFound({ component });
      },
      (error) => {
        if (error.status === 0) unreachable.set(error);
        setFound({ error });
      },
    );
  useEffect(() => void load(), []);
  const away = found?.error?.status === 0;
  useEffect(() => (away ? tick.listen(load) : undefined), [away]);
  if (found === null) return html`<${Loading} />`;
  if (found.error) return html`<${Failed} error=${found.error} again=${load} />`;
  return html`<${found.component} path=${route.path} query=${route.query} menu=${menu} />`;
}
