/** What is other in one text than in another, line by line. */
import { html } from "../vendor/htm-preact.js";

const CONTEXT = 3;

/** Beyond so many comparisons all lines between the first and the last difference count as other. */
const MOST = 4_000_000;

/**
 * @typedef {object} Line
 * @property {"same"|"added"|"removed"|"skipped"} kind
 * @property {string} text
 */

const SIGNS = { added: "+", removed: "−", same: " ", skipped: " " };

/** @param {{label: string, before: string, after: string}} props */
export const Diff = ({ label, before, after }) => html`<div class="diff" role="region" aria-label=${label} tabindex="0">
  ${diff(before, after).map(({ kind, text }) => html`<div class=${kind}>${SIGNS[kind]} ${text}</div>`)}
</div>`;

/** @returns {Line[]} with some lines around what is other; empty if nothing is. */
export function diff(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old[old.length - 1 - tail] === now[now.length - 1 - tail])
    tail += 1;
  const same = (lines) => lines.map((text) => ({ kind: "same", text }));
  const middle = compared(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  if (middle.length === 0) return [];
  return shortened([...same(old.slice(0, head)), ...middle, ...same(tail ? old.slice(-tail) : [])]);
}

/** By the longest sequence of lines that both have. */
function compared(old, now) {
  const removed = (text) => ({ kind: "removed", text });
  const added = (text) => ({ kind: "added", text });
  if (old.length * now.length > MOST) return [...old.map(removed), ...now.map(added)];
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i][j] = old[i] === now[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: "same", text: old[i] });
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && common[i + 1][j] >= common[i][j + 1])) {
      lines.push(removed(old[i]));
      i += 1;
    } else {
      lines.push(added(now[j]));
      j += 1;
    }
  }
  return lines;
}

function shortened(lines) {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line.kind !== "same"),
  );
  const shown = [];
  lines.forEach((line, at) => {
    if (near[at]) shown.push(line);
    else if (shown[shown.length - 1]?.kind !== "skipped") shown.push({ kind: "skipped", text: "…" });
  });
  return shown;
}
