/** Where everything begins. */
import { html, render } from "./vendor/htm-preact.js";
import { Frame } from "./frame.js";
import { get } from "./lib/request.js";
import { loadLanguage, t } from "./lib/language.js";
import { Failed } from "./parts/states.js";

const root = document.getElementById("app");

async function start() {
  const asked = get("api/v2/pages");
  asked.catch(() => {}); // it is told below, in words that are not there yet
  await loadLanguage();
  try {
    const menu = await asked;
    document.title = t(`program.${menu.program}`);
    render(html`<${Frame} menu=${menu} />`, root);
  } catch (error) {
    render(html`<main class="alone"><${Failed} error=${error} again=${start} /></main>`, root);
  }
}

start();
