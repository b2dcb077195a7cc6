/** The words of the pages, and which language they are in: what the browser prefers, until somebody chooses. */
import { keep, kept } from "./kept.js";
import { Signal } from "./signal.js";

export const LANGUAGES = { en: "English", zh: "中文" };

const preferred = () =>
  (navigator.languages ?? ["en"]).map((one) => one.slice(0, 2)).find((one) => one in LANGUAGES) ?? "en";

const chosen = kept("language", "");

/** Its code. */
export const language = new Signal(chosen in LANGUAGES ? chosen : preferred());

let words = {};

/** Must be done before anything is said. */
export async function loadLanguage(code = language.value) {
  words = (await import(`../words/${code}.js`)).default;
  document.documentElement.lang = code === "zh" ? "zh-CN" : code;
  language.set(code);
}

export function chooseLanguage(code) {
  keep("language", code);
  return loadLanguage(code);
}

/** @returns {boolean} whether there is a text of that key. */
export const said = (key) => key in words;

/** The text of a key, with values in place of the names in braces. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
}

/** A text with a number in it: of several that are separated by a bar the first is for one. */
export function counted(key, count, values = {}) {
  const forms = t(key, { count: new Intl.NumberFormat(language.value).format(count), ...values }).split("|");
  return forms.length > 1 && count !== 1 ? forms[1] : forms[0];
}
