import { html } from "../../kit.js";
import { Place } from "./place.js";
import { PROXIES } from "./kinds.js";

/** `#/proxies`, `#/proxies?form=new`, `#/proxies/NAME` and `#/proxies/NAME/edit`. */
export default ({ path, query }) => html`<${Place} kind=${PROXIES} path=${path} query=${query} />`;
