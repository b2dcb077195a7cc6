/** What the tab is called: what is shown of a page, the page, the program. */
import { useEffect } from "../vendor/htm-preact.js";
import { Signal } from "./signal.js";

/** What is shown of the page; mostly nothing in particular. */
export const subject = new Signal("");

/** Say it, as long as a component is shown. */
export function useSubject(text) {
  useEffect(() => {
    subject.set(text);
    return () => subject.set("");
  }, [text]);
}
