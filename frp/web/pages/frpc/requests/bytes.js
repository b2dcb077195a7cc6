/** Bytes of a body, and what people see of them. */

const WIDTH = 16;

/** Rows of which each takes its place on the page. */
const MOST = 4096;

export const bytesOf = ({ text, encoding }) =>
  encoding === "base64" ? Uint8Array.from(atob(text), (one) => one.charCodeAt(0)) : new TextEncoder().encode(text);

/** @returns {?string} the text that bytes are in that charset; null where they are none. */
export function decoded(bytes, type) {
  const charset = /charset\s*=\s*"?([\w.:-]+)/i.exec(type)?.[1];
  try {
    return charset ? new TextDecoder(charset, { fatal: true }).decode(bytes) : null;
  } catch {
    return null;
  }
}

/** Offset, numbers and letters, a line for every sixteen bytes. */
export function hex(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length && lines.length < MOST; at += WIDTH) {
    const row = [...bytes.subarray(at, at + WIDTH)];
    const numbers = row.map((one) => one.toString(16).padStart(2, "0")).join(" ");
    const letters = row.map((one) => (one >= 32 && one < 127 ? String.fromCharCode(one) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${numbers.padEnd(WIDTH * 3 - 1)}  ${letters}`);
  }
  return lines.join("\n") + (bytes.length > MOST * WIDTH ? "\n…" : "");
}

/** Have the browser keep them as a file, which it does not open. */
export function download(bytes, name) {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
