import { html } from "../../kit.js";
import { Proxies } from "./list.js";
import { Proxy } from "./proxy.js";

/** `#/proxies`, and `#/proxies/NAME`. */
export default ({ path, query }) =>
  path.length ? html`<${Proxy} key=${path[0]} name=${path[0]} />` : html`<${Proxies} query=${query} />`;
