import { html } from "../../kit.js";
import { Requests } from "./list.js";
import { Request } from "./request.js";

/** `#/requests`, and `#/requests/ID`. */
export default ({ path: [id], query }) =>
  id ? html`<${Request} key=${id} id=${id} />` : html`<${Requests} query=${query} />`;
