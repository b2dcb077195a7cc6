/** Where somebody is: `#/page/rest/of/the/path?query`. Filters are in the query, so that a link leads to what is seen. */
import { Signal, useSignal } from "./signal.js";
import { keepStep, makeStep, numberStep, takeStep, undoStep } from "./steps.js";

/**
 * @typedef {object} Route
 * @property {string} page
 * @property {string[]} path behind the page
 * @property {Object<string, string>} query
 */

/** @returns {Route} */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page = "", ...rest] = path.split("/").filter(Boolean).map(decoded).map(named);
  return { page, path: rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** Stands for a name that is empty, which would be no segment. */
const NOTHING = "\ue02e";

const named = (segment) => (segment === NOTHING ? "" : segment);

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** @param {string[]} segments of the path, the page first */
export function href(segments, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const search = new URLSearchParams(given).toString();
  const [page, ...rest] = segments;
  const path = [page, ...rest.map((segment) => segment || NOTHING)];
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

const route = new Signal(parse(location.hash));
let shown = location.hash;
let guard = null;

export const useRoute = () => useSignal(route);

/** @returns {Promise<void>} when somebody is there. */
export function go(segments, query) {
  return new Promise((resolve) => {
    const end = route.listen(() => {
      end();
      resolve();
    });
    location.hash = href(segments, query);
  });
}

/** @param {function(): void} left is called when another page, or another thing on it, is shown. */
export function whenLeft(left) {
  let before = route.value;
  return route.listen((now) => {
    const other = [before.page, ...before.path].join("/") !== [now.page, ...now.path].join("/");
    before = now;
    if (other) left();
  });
}

/**
 * Change the query, and nothing else.
 *
 * @param {{replace?: boolean}} options whether the way back leads past it, as it does past what was half typed
 */
export function refine(changes, { replace = false } = {}) {
  const { page, path, query } = route.value;
  const wanted = href([page, ...path], { ...query, ...changes });
  if (wanted === shown) return;
  shown = wanted;
  if (replace) history.replaceState(history.state, "", shown);
  else makeStep(shown);
  route.set(parse(shown));
}

/** @param {?function(): Promise<boolean>} ask whether the page may be left; null lets everybody go. */
export function guardLeaving(ask) {
  guard = ask;
}

/** @returns {Promise<boolean>} whether the page may be left, which somebody may have to be asked. */
export const mayLeave = async () => guard === null || guard();

addEventListener("hashchange", async () => {
  const wanted = location.hash;
  if (wanted === shown) return;
  const known = numberStep();
  if (!(await mayLeave())) {
    undoStep();
    return;
  }
  guard = null;
  if (location.hash !== wanted) location.hash = wanted; // another way back was not gone meanwhile
  takeStep(known);
  shown = wanted;
  route.set(parse(wanted));
});

addEventListener("popstate", () => {
  if (location.hash === shown) keepStep();
});

addEventListener("beforeunload", (event) => {
  if (guard !== null) event.preventDefault();
});
