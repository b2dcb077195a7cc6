/** Questions that wait for an answer before something is done. */
import { Signal } from "./signal.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string=} text
 * @property {string} yes what the button says
 * @property {boolean=} danger
 * @property {string=} reason the label of a field for one
 * @property {*=} more is shown below the text
 */

/** The question that is open, or null. */
export const question = new Signal(null);

/**
 * @param {Question} asked
 * @returns {Promise<?{reason: string}>} null for no
 */
export function ask(asked) {
  question.value?.answer(null);
  return new Promise((resolve) => {
    question.set({
      ...asked,
      answer(given) {
        question.set(null);
        resolve(given);
      },
    });
  });
}
