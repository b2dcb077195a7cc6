/** What a browser remembers from one visit to the next: the theme, the language, the size of a list. */

export function kept(name, otherwise) {
  try {
    return localStorage.getItem(`frp.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {?string} value null forgets it. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`frp.${name}`);
    else localStorage.setItem(`frp.${name}`, value);
  } catch {
    // Then it is forgotten with the tab.
  }
}
