import { html } from "../../kit.js";
import { Events } from "../../parts/events.js";

/** `#/events`. */
export default ({ query, menu }) => html`<${Events} query=${query} program=${menu.program} />`;
