/** The parts of a line of a configuration, for colours. What is not understood has none. */

const VALUE = [
  ["string", /^(?:"(?:\\.|[^"\\])*"?|'[^']*'?)/],
  ["comment", /^#.*/],
  ["value", /^(?:true|false|[-+]?\d[\d_.:TZ+-]*)\b/],
  [null, /^(?:\{\{.*?\}\}|[^"'#\d\-+tf]+|.)/],
];

const HEADS = {
  toml: [
    ["table", /^\s*\[.*?\]+/],
    ["key", /^\s*[\w.\-"']+(?=\s*=)/],
  ],
  yaml: [["key", /^\s*(?:- +)?[\w.\-"']+(?=:(?:\s|$))/]],
  json: [["key", /^\s*"(?:\\.|[^"\\])*"(?=\s*:)/]],
};

/** @returns {"toml"|"yaml"|"json"} as which it looks; INI is coloured like TOML. */
export function dialectOf(text) {
  if (/^\s*{(?!{)/.test(text)) return "json";
  return /^[\w-]+:(\s|$)/m.test(text) && !/^[\w.-]+\s*=/m.test(text) ? "yaml" : "toml";
}

/** @returns {Array<[?string, string]>} the kind of each part, and its text */
export function partsOf(line, dialect) {
  const parts = [];
  let rest = line;
  const take = (rules) => {
    for (const [kind, pattern] of rules) {
      const [found] = rest.match(pattern) ?? [""];
      if (found) {
        parts.push([kind, found]);
        rest = rest.slice(found.length);
        return;
      }
    }
  };
  take(HEADS[dialect]);
  while (rest) take(VALUE);
  return parts;
}
