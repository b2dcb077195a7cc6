/**
 * JSON with its structure seen, and every token as it was sent: numbers keep their digits, texts their escapes, objects
 * the order of their keys and those that they have twice.
 */

const TOKEN = /"(?:[^"\\]|\\[^])*"|[[\]{},:]|[^\s[\]{},:"]+/y;

const WORD = /^(?:-?\d[\d.eE+-]*|true|false|null|NaN|-?Infinity)$/;

const CLOSES = { "[": "]", "{": "}" };

/** Deeper ones are not indented further, or a text of brackets would become one that fills the memory. */
const DEEPEST = 32;

/**
 * @param {string} text one value or several, as in a log
 * @param {boolean} whole whether it may not end in the middle
 * @returns {?string} null for what is no JSON, and for values that have no structure
 */
export function indented(text, whole = true) {
  if (!/^\s*[[{]/.test(text)) return null;
  const tokens = tokensOf(text, whole);
  return tokens && laidOut(tokens, whole);
}

/** @returns {?string[]} null where one is none. */
function tokensOf(text, whole) {
  const tokens = [];
  let at = text.length - text.trimStart().length;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(text) ?? [text.slice(at)]; // a text that does not end
    at += token.length;
    const last = at >= text.length && !whole;
    const known = token in CLOSES || "]},:".includes(token) || WORD.test(token) || /^"[^]*"$/.test(token);
    if (!known && !last) return null;
    tokens.push(token);
    while (at < text.length && /\s/.test(text[at])) at += 1;
  }
  return tokens;
}

function laidOut(tokens, whole) {
  const open = [];
  const pieces = [];
  const line = () => pieces.push(`\n${"  ".repeat(Math.min(open.length, DEEPEST))}`);
  for (const [index, token] of tokens.entries()) {
    if (open.length === 0 && index > 0) pieces.push("\n");
    if (token in CLOSES) {
      pieces.push(token);
      open.push(CLOSES[token]);
      if (tokens[index + 1] !== CLOSES[token]) line();
    } else if (token === "]" || token === "}") {
      if (open.pop() !== token) return null;
      if (CLOSES[tokens[index - 1]] !== token) line();
      pieces.push(token);
    } else {
      if (open.length === 0) return null;
      pieces.push(token === ":" ? ": " : token);
      if (token === ",") line();
    }
  }
  return open.length > 0 && whole ? null : pieces.join("").trimEnd();
}
