/** Numbers, moments and names, as people read them. */
import { language, t } from "./language.js";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

const made = new Map();

/** To make one takes long, and a list has hundreds of numbers and moments: one of each is kept for each language. */
function formatter(kind, options) {
  const key = `${language.value} ${kind} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl[kind](language.value, options));
  return made.get(key);
}

/** Bytes, with 1024 for the base. */
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${number(value, value < 10 && unit > 0 ? 2 : value < 100 && unit > 0 ? 1 : 0)} ${UNITS[unit]}`;
}

/** A hook of frps can take the name of a proxy away. */
export const called = (name) => name || t("proxies.nameless");

export const rate = (perSecond) => `${bytes(perSecond)}/s`;

export const number = (value, digits = 0) =>
  formatter("NumberFormat", { maximumFractionDigits: digits }).format(value);

const SPANS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** @param {number} moment in seconds since 1970 */
export function ago(moment, now = Date.now() / 1000) {
  const past = Math.max(0, now - moment);
  const [unit, size] = SPANS.find(([, span]) => past >= span) ?? ["second", 1];
  if (unit === "second" && past < 5) return t("time.now");
  return formatter("RelativeTimeFormat", { numeric: "always" }).format(-Math.floor(past / size), unit);
}

/** @param {number} moment in seconds since 1970 */
export const moment = (moment) =>
  formatter("DateTimeFormat", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }).format(moment * 1000);

export const clock = (moment) =>
  formatter("DateTimeFormat", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(moment * 1000);

/** @param {string} day YYYY-MM-DD */
export function weekday(day) {
  const [year, month, date] = day.split("-").map(Number);
  return formatter("DateTimeFormat", { month: "numeric", day: "numeric" }).format(
    new Date(year, month - 1, date),
  );
}

/** @param {number} seconds */
export const took = (seconds) =>
  seconds < 1 ? `${number(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms` : `${number(seconds, 2)} s`;
