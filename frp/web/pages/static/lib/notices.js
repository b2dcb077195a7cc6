/**
 * Short words about what was just done. They go by themselves, but for those about failures, which stay as long as the
 * page on which it happened.
 */
import { whenLeft } from "./route.js";
import { Signal } from "./signal.js";

const LASTS = 5000;

export const notices = new Signal([]);

let last = 0;

whenLeft(() => notices.set(notices.value.filter((one) => one.kind === "done")));

export function dismiss(id) {
  notices.set(notices.value.filter((one) => one.id !== id));
}

/** @param {"done" | "wrong"} kind */
export function notice(text, kind = "done") {
  const id = (last += 1);
  notices.set([...notices.value, { id, text, kind }].slice(-4));
  if (kind === "done") setTimeout(dismiss, LASTS, id);
}

/**
 * Do something, and say what came of it.
 *
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(work, text) {
  try {
    await work();
  } catch (error) {
    notice(error.message, "wrong");
    return false;
  }
  if (text) notice(text);
  return true;
}
