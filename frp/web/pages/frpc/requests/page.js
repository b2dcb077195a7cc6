import { html } from "../../kit.js";
import { Requests } from "./list.js";
import { Request } from "./request.js";

/** `#/requests`, and `#/requests/ID`, from a list that the query chooses. */
export default ({ path: [id], query }) =>
  id ? html`<${Request} key=${id} id=${id} query=${query} />` : html`<${Requests} query=${query} />`;
