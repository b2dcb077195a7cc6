import { html } from "../../kit.js";
import { Edit } from "./edit.js";
import { Entry } from "./entry.js";
import { List } from "./list.js";

/** The list, one of it, or a form for one; a name may be any text, so that words for places stand behind it. */
export function Place({ kind, path: [name, place], query }) {
  if (place === "edit" || (!name && query.form === "new")) {
    return html`<${Edit} key=${name ?? ""} kind=${kind} name=${name} query=${query} />`;
  }
  return name
    ? html`<${Entry} key=${name} kind=${kind} name=${name} />`
    : html`<${List} kind=${kind} query=${query} />`;
}
