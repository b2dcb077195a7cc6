/**
 * What a JSON Schema says of the tables of a configuration. The schemas are made from the kinds that are registered, so
 * one that a package has brought is read like any other.
 */
import { said, t } from "../lib/language.js";

/** @returns {object} the schema itself, where another one is only named. */
export function resolved(schema, root) {
  if (!schema.$ref) return schema;
  const { $ref, ...own } = schema;
  return { ...root.$defs[$ref.split("/").pop()], ...own };
}

/** @returns {"choice"|"enum"|"flag"|"number"|"text"|"texts"|"tables"|"pairs"|"table"|"maybe"} maybe is a table that may be absent */
export function formOf(schema, root) {
  if (schema.oneOf) return "choice";
  if (schema.enum) return "enum";
  if (schema.type === "array") return resolved(schema.items, root).properties ? "tables" : "texts";
  if (schema.type === "object") return schema.default === null ? "maybe" : schema.properties ? "table" : "pairs";
  return { boolean: "flag", integer: "number", number: "number" }[schema.type] ?? "text";
}

/** @returns {Object<string, object>} of a choice: its tables, by the type that chooses them. */
export function chosen(schema, root) {
  const tables = schema.oneOf.map((one) => resolved(one, root));
  return Object.fromEntries(tables.map((table) => [table.properties.type.const, table]));
}

/** What is not worth saying: it is so anyway. */
export function isDefault(value, schema) {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return Object.keys(value).length === 0 && schema.default !== null;
  return value === schema.default;
}

/** A table with another value for one key; what has its default is left out. */
export function changed(table, key, value, schema) {
  const { [key]: _gone, ...others } = table;
  return isDefault(value, schema) ? others : { ...others, [key]: value };
}

/**
 * A table without all that says nothing. Those that are turned on by their type say nothing without one.
 *
 * @param {object} schema
 * @param {object} root where the definitions are
 */
export function pruned(table, schema, root) {
  const { properties = {} } = (schema.oneOf ? chosen(schema, root)[table.type] : schema) ?? {};
  const kept = {};
  for (const [key, value] of Object.entries(table)) {
    const own = resolved(properties[key] ?? {}, root);
    const nested = value !== null && typeof value === "object" && !Array.isArray(value);
    const next = nested ? (value.type === "" ? {} : pruned(value, own, root)) : value;
    if (!isDefault(next, own)) kept[key] = next;
  }
  return kept;
}

const SHORT = new Set(["ip", "http", "https", "tls", "id", "url", "http2", "nat"]);

/** The name of a key, for people: `localIP` is `Local IP`. */
export function labelOf(key) {
  if (said(`key.${key}`)) return t(`key.${key}`);
  const words = key.match(/[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*|\d+/g) ?? [key];
  const plain = words.map((word) => (SHORT.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()));
  return plain[0].charAt(0).toUpperCase() + plain.join(" ").slice(1);
}
