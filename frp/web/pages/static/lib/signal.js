/** One value that several components show. */
import { useEffect, useState } from "../vendor/htm-preact.js";

export class Signal {
  constructor(value) {
    this.value = value;
    this.listeners = new Set();
  }

  set(value) {
    if (value === this.value) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  /** @returns {function(): void} ends it. */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The value, in a component that is drawn again when it changes. */
export function useSignal(signal) {
  const [value, setValue] = useState(signal.value);
  useEffect(() => {
    setValue(signal.value); // it may have changed since
    return signal.listen(setValue);
  }, [signal]);
  return value;
}
