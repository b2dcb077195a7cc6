/** What is shown where nothing is to be shown: not yet, not at all, or not any more. */
import { html } from "../vendor/htm-preact.js";
import { t } from "../lib/language.js";
import { Icon } from "./icons.js";

export const Loading = () => html`
  <div class="loading" role="status"><span class="hidden">${t("state.loading")}</span><i /><i /><i /></div>
`;

/** @param {{text: string, hint?: *, children?: *}} props */
export const Empty = ({ text, hint, children }) => html`
  <div class="empty"><p>${text}</p>${hint && html`<p class="dim">${hint}</p>`}${children}</div>
`;

export const Missing = ({ text, to = "#/", label = t("do.start") }) => html`
  <div class="empty"><p>${text}</p><a class="button" href=${to}>${label}</a></div>
`;

/** @param {{error: Error, again: function(): *}} props */
export const Failed = ({ error, again }) => html`
  <div class="empty failed" role="alert">
    <${Icon} name="error" />
    <p>${t("state.failed")}</p>
    <p class="dim">${error.message}</p>
    <button onClick=${again}>${t("do.again")}</button>
  </div>
`;

/**
 * What was loaded, or in which way it is not there.
 *
 * @param {{loaded: object, missing?: *, children: function(*): *}} props of useLoaded; what a 404 shows
 */
export function Loaded({ loaded, missing, children }) {
  if (loaded.error && missing && loaded.error.status === 404) return missing;
  if (loaded.data !== null) return children(loaded.data);
  return loaded.error ? html`<${Failed} error=${loaded.error} again=${loaded.reload} />` : html`<${Loading} />`;
}
