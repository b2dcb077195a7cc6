/** The configuration file: looked at, checked, compared, written, and read by frpc again. */
import { Empty, Head, html, Loaded, t, useLoaded } from "../../kit.js";
import { Editing } from "./editing.js";
import { read } from "./file.js";

/** Without a file there is nothing to edit, which is no failure. */
const found = (signal) =>
  read(signal).catch((error) => (error.status === 400 ? { why: error.message } : Promise.reject(error)));

/** `#/config`, and `#/config?name=NAME`, where something has this name in the file. */
export default function Config({ query }) {
  const loaded = useLoaded(found, [], { live: false });
  return html`<${Loaded} loaded=${loaded}>
    ${({ why, ...file }) =>
      why === undefined
        ? html`<${Editing} file=${file} name=${query.name} />`
        : html`<${Head} title=${t("page.config")} /><${Empty} text=${t("config.none")} hint=${why} />`}
  <//>`;
}
