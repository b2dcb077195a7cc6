/** Light or dark: as the system has it, until somebody chooses. */
import { keep } from "./kept.js";
import { Signal } from "./signal.js";

const system = matchMedia("(prefers-color-scheme: dark)");

const now = () => document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");

export const theme = new Signal(now());

system.addEventListener("change", () => theme.set(now()));

/** To go back to what the system has is to choose nothing. */
export function switchTheme() {
  const wanted = theme.value === "dark" ? "light" : "dark";
  const own = wanted !== (system.matches ? "dark" : "light");
  if (own) document.documentElement.dataset.theme = wanted;
  else delete document.documentElement.dataset.theme;
  keep("theme", own ? wanted : null);
  theme.set(wanted);
}
