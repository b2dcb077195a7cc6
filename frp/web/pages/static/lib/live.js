/**
 * What happens in the program, as it happens: server-sent events, and where they cannot be had, a question every few
 * seconds. A tab that nobody sees asks nothing.
 */
import { address, askedFirst } from "./request.js";
import { Signal } from "./signal.js";

const TOPICS = [
  "client.in",
  "client.out",
  "client.refused",
  "proxy.up",
  "proxy.down",
  "proxy.error",
  "proxy.missed",
  "server.in",
  "server.out",
  "server.error",
  "visitor.up",
  "visitor.error",
  "config.changed",
];

/** Milliseconds between two questions: without events, and beside them, for counters have no events. */
export const POLL = 5000;
const BESIDE = 15000;
const RETRY = 10000;

/** Milliseconds in which events are gathered, so that a busy server is not asked for each. */
const GATHER = 700;

/** How many are remembered. */
const KEPT = 50;

/**
 * @typedef {object} Happening
 * @property {string} topic
 * @property {number} at seconds since 1970
 * @property {string} name
 * @property {string} type
 * @property {string} user
 * @property {string} client whose it is, where it is a proxy of frps
 * @property {string} why
 * @property {number} times how often it has happened
 * @property {number} untold how many others have, of which nothing is known
 * @property {boolean=} before whether it was before the last start of the program
 */

/** What tells one from another. */
const OWN = ["topic", "name", "type", "user", "client", "why"];

/** "live", "polling" or "paused". */
export const state = new Signal("polling");

/** The latest first. */
export const happenings = new Signal([]);

/** Counts up when something may have changed. */
export const tick = new Signal(0);

let source = null;
let retry = null;
let asked = Date.now();
let due = null;

function changed() {
  asked = Date.now();
  due = null;
  tick.set(tick.value + 1);
}

/** Many events at once are one reason to ask. */
function soon() {
  due ??= setTimeout(changed, GATHER);
}

function heard(topic, event) {
  const known = happenings.value;
  const one = { topic, id: event.lastEventId, ...JSON.parse(event.data) };
  // A program that was started again counts from 1.
  if (known.some((other) => other.id === one.id && other.at === one.at)) return;
  const others = known.filter((other) => OWN.some((key) => one[key] !== other[key]));
  happenings.set([one, ...others].slice(0, KEPT));
  // What had happened before the page asked for anything is in what it has got.
  if (!(one.at < askedFirst)) soon();
}

function open() {
  retry = null;
  source = new EventSource(address(`api/v2/events?last=${KEPT}`));
  source.onopen = () => state.set("live");
  source.onerror = () => {
    // Whoever asks hears at once whether the program is there at all.
    if (state.value === "live") changed();
    state.set("polling");
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    source = null;
    retry = setTimeout(open, RETRY);
  };
  for (const topic of TOPICS) source.addEventListener(topic, (event) => heard(topic, event));
}

function close() {
  source?.close();
  source = null;
  clearTimeout(retry);
}

function watch() {
  if (document.hidden) {
    close();
    state.set("paused");
  } else if (source === null) {
    state.set("polling");
    open();
  }
}

function turned() {
  watch();
  if (!document.hidden) soon();
}

export function startLive() {
  addEventListener("visibilitychange", turned);
  watch();
  setInterval(() => {
    const wait = state.value === "live" ? BESIDE : POLL;
    if (state.value !== "paused" && Date.now() - asked >= wait - 50) changed();
  }, 1000);
}
