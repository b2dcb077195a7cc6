/**
 * The steps of the history, numbered as they follow one another: so a way that was not gone can be undone, and the way
 * back leads to where somebody was.
 */
import { begin, restore } from "./scrolling.js";

/** The step that is shown. The browser may be at another one already. */
let at = history.state?.step ?? 0;
history.replaceState({ step: at }, "");
begin(at);

/** Of a step that is new the number is the next. @returns {boolean} whether the browser has been there before */
export function numberStep() {
  const known = history.state?.step !== undefined;
  if (!known) history.replaceState({ step: at + 1 }, "");
  return known;
}

/** Go back to the step that is shown. */
export function undoStep() {
  numberStep();
  const steps = at - history.state.step;
  if (steps !== 0) history.go(steps);
}

/** The step at which the browser is will be shown. @param {boolean} known whether the browser has been there before */
export function takeStep(known) {
  numberStep();
  at = history.state.step;
  if (known) restore(at);
  else begin(at);
}

/** The address is the one that is shown: of the same step, which was asked for anew, or of another one. */
export function keepStep() {
  if (history.state?.step === undefined) history.replaceState({ step: at }, "");
  else takeStep(true);
}

/** One step more, with another address. */
export function makeStep(address) {
  at += 1;
  history.pushState({ step: at }, "", address);
  begin(at);
}
