import { html } from "../vendor/htm-preact.js";
import { ago, moment } from "../lib/format.js";

/** @param {{at: number, dim?: boolean}} props in seconds since 1970 */
export const Ago = ({ at, dim = false }) =>
  html`<time class=${dim ? "dim" : undefined} title=${moment(at)}>${ago(at)}</time>`;
