/** What the program serves, so that nobody asks for what is not there. */
import { request } from "./request.js";
import { unreachable } from "./loaded.js";

let asked = null;

/** One that was away may have been started again, with another configuration. */
unreachable.listen(() => {
  asked = null;
});

/**
 * @param {string} path with no slash in front, as the list of operations has it
 * @returns {Promise<boolean>} whether it can be got
 */
export async function serves(path) {
  asked ??= request("GET", "operations").then((text) => text.split("\n").map((line) => line.split(/\s+/)));
  try {
    return (await asked).some(([verb, place]) => verb === "GET" && place === `/${path}`);
  } catch (error) {
    asked = null;
    throw error;
  }
}
