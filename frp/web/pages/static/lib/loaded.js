/** What a component shows of the API. */
import { useCallback, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Signal } from "./signal.js";
import { tick } from "./live.js";

/** The last failure to reach the program at all, or null. */
export const unreachable = new Signal(null);

/**
 * Ask, and ask again whenever something may have changed. What was there stays until the answer comes, also if it does
 * not. An answer to another question is dropped; while the same question is open it is asked once more, not twice.
 *
 * @template T
 * @param {function(AbortSignal): Promise<T>} load
 * @param {Array<*>} inputs as those of useEffect: with others all is asked anew
 * @param {{live?: boolean}} options
 * @returns {{data: ?T, error: ?Error, reload: function(): Promise<void>}}
 */
export function useLoaded(load, inputs, { live = true } = {}) {
  const [shown, setShown] = useState({ data: null, error: null });
  const asking = useRef(null);
  const stale = useRef(false);

  const ask = useCallback(async () => {
    asking.current?.abort();
    const own = (asking.current = new AbortController());
    stale.current = false;
    try {
      const data = await load(own.signal);
      unreachable.set(null);
      if (asking.current === own) setShown({ data, error: null });
    } catch (error) {
      if (error.name === "AbortError" || asking.current !== own) return;
      unreachable.set(error.status === 0 ? error : null);
      setShown((before) => ({ ...before, error }));
    }
    if (asking.current !== own) return;
    asking.current = null;
    if (stale.current) ask();
  }, inputs);

  useEffect(() => {
    ask();
    return () => {
      asking.current?.abort();
      asking.current = null;
    };
  }, [ask]);
  useEffect(() => {
    const changed = () => {
      if (asking.current === null) ask();
      else stale.current = true;
    };
    return live ? tick.listen(changed) : undefined;
  }, [ask, live]);
  return { ...shown, reload: ask };
}
