/** A button that goes away when it has done its work takes the focus with it: it is given to what stood around it. */

let around = [];

function remember({ target }) {
  around = [];
  for (let one = target; one !== null; one = one.parentElement) around.push(one);
}

function look() {
  if (document.activeElement !== document.body || around.length === 0 || around[0].isConnected) return;
  const left = around.find((one) => one.isConnected && one.hasAttribute("tabindex"));
  (left ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

/** @returns {function(): void} ends it. */
export function keepFocus() {
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  addEventListener("focusin", remember);
  return () => {
    observer.disconnect();
    removeEventListener("focusin", remember);
  };
}
