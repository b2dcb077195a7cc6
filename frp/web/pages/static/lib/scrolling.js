/**
 * Where somebody has scrolled to, at each step of the history: the way back leads there, although what was there has to
 * be asked for again.
 */

/** Milliseconds in which a page has become as long as it was, or will not. */
const PATIENCE = 1500;

/** Whoever does one of these wants to be elsewhere. */
const OWN = ["wheel", "touchstart", "pointerdown", "keydown"];

let places = [];
let step = 0;
let stop = null;

history.scrollRestoration = "manual";

addEventListener(
  "scroll",
  () => {
    if (stop === null) places[step] = scrollY;
  },
  { passive: true },
);

/** @param {number} at a step that is new: those that followed the one before it are gone */
export function begin(at) {
  stop?.();
  places = places.slice(0, at);
  step = at;
}

/** @returns {boolean} whether the page is on its way to where it was */
export const returning = () => stop !== null;

/** @param {number} at a step where somebody was before */
export function restore(at) {
  stop?.();
  step = at;
  const place = places[step] ?? 0;
  const observer = new ResizeObserver(() => scrollTo(0, place));
  const end = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const one of OWN) removeEventListener(one, end);
    stop = null;
  };
  const timer = setTimeout(end, PATIENCE);
  for (const one of OWN) addEventListener(one, end, { passive: true });
  observer.observe(document.body);
  stop = end;
}
