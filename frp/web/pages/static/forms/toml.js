/** A table as TOML, for whoever keeps it in a file. */

const BARE = /^[\w-]+$/;

const keyed = (key) => (BARE.test(key) ? key : JSON.stringify(key));

const isTable = (value) => typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;

const inline = (value) => {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  if (Object.keys(value).length === 0) return "{}";
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${keyed(key)} = ${inline(one)}`)
    .join(", ")} }`;
};

/** Dotted keys, so that nothing depends on the table before. */
function* lines(table, prefix) {
  for (const [key, value] of Object.entries(table)) {
    const path = [...prefix, keyed(key)];
    if (isTable(value)) yield* lines(value, path);
    else yield `${path.join(".")} = ${inline(value)}`;
  }
}

/** @param {string} name of the list that it is a part of, such as `proxies` */
export const toTOML = (name, table) => [`[[${name}]]`, ...lines(table, [])].join("\n") + "\n";
