import { html } from "../../kit.js";
import { Client } from "./client.js";
import { Clients } from "./list.js";

/** `#/clients`, and `#/clients/KEY`. */
export default ({ path, query }) =>
  path.length ? html`<${Client} key=${path[0]} name=${path[0]} query=${query} />` : html`<${Clients} query=${query} />`;
