import { html } from "../vendor/htm-preact.js";
import { Copy } from "./copy.js";

/** An address that a browser can go to, with a button that copies it. */
export const Link = ({ to }) => html`<span class="address">
  <a href=${to} target="_blank" rel="noreferrer"><code>${to}</code></a><${Copy} text=${to} />
</span>`;
