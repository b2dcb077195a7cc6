import { html } from "../../kit.js";
import { VISITORS } from "../proxies/kinds.js";
import { Place } from "../proxies/place.js";

/** The same as for proxies. */
export default ({ path, query }) => html`<${Place} kind=${VISITORS} path=${path} query=${query} />`;
