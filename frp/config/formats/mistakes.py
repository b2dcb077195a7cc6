"""Mistakes that people make every day in a configuration file: what is meant by each, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["remedy"]

_CURLY = "[\u2018\u2019\u201a\u201c\u201d\u201e\u201f]"
_MARK = "^\ufeff", "the file begins with a byte order mark: save it as UTF-8 without one"
#: What is not a number, nor true or false; 127.0.0.1 is no number.
_TEXT = r"(?!([+-]?[\d_]+(\.[\d_]+)?(e[+-]?\d+)?|true|false)\s*(#|$))(?P<value>[^\s\"'\[{#][^#]*?)"
_KEY = r"^\s*(?P<key>[\w.\"'-]+)\s*"

#: Also what is meant for a number, or for true or false.
_QUOTED = 'a text stands in quotes: {key} = "{value}"'

#: For each format, what a line looks like and what to say of it; the first that fits counts.
_MISTAKES: dict[str, tuple[tuple[str, str], ...]] = {
    "toml": (
        _MARK,
        (_CURLY, "quotes are straight in TOML: \"text\" or 'text'"),
        (r"^\s*\[+[^\]]*$|^\s*\[\[[^\]]*\]\s*$", "a table begins with its name in closed brackets: [name] or [[name]]"),
        (_KEY + r":\s", "TOML has = between a key and its value: {key} = ..."),
        (_KEY + r"=\s*(True|False|yes|no|on|off|TRUE|FALSE)\b", "it is written {key} = true or {key} = false"),
        (_KEY + r"=\s*(None|null|nil)\b", "TOML has no null: leave the key out"),
        (_KEY + r"=\s*[+-]?0\d+\s*$", "a number has no zeros in front of it"),
        (
            _KEY + r"=\s*" + _TEXT + r"\s*(#.*)?$",
            _QUOTED,
        ),
        (
            _KEY + r"=\s*\"[^\"]*\\",
            "a backslash is special within \" \": write \\\\ for it, or '...' around the text",
        ),
        (_KEY + r"=\s*(\"[^\"]*|'[^']*)$", "the quotes around this text do not end on its line"),
        (_KEY + r"(?<=\s)[^\s=]", "TOML has = between a key and its value: {key} = ..."),
        (_KEY + r"=\s*$", "a key needs a value on its line: {key} = ..."),
        (_KEY + r"$", "a key needs a value: {key} = ..."),
    ),
    "yaml": (
        (r"^ *\t", "YAML is indented with spaces, never with tabs"),
        (_CURLY, "quotes are straight in YAML: \"text\" or 'text'"),
        (_KEY + r":\s[^\"'#]*:\s", 'one key a line; a text with a colon in it stands in quotes: "a: b"'),
    ),
    "json": (
        (_CURLY, 'quotes are straight in JSON: "text"'),
        (r"[{,]\s*\w+\s*:", 'keys stand in quotes in JSON: {"key": ...}'),
        (r"\"\s*=", 'JSON has a colon between a key and its value: "key": ...'),
        (r"'", 'JSON has no other quotes than ": {"key": "text"}'),
        (r",\s*[}\]]|,\s*$", "there is no comma before } and ]"),
        (r"[\"\w}\]]\s+\"|^\s*\"", "there is a comma between one key, or value, and the next"),
        (r"//|/\*|#", "JSON has no comments"),
        (r"\b(True|False|None)\b", "it is written true, false or null"),
    ),
}


def remedy(format: str, row: str, taken: Callable[[str], str]) -> str:
    """
    @param format: C{"toml"}, C{"yaml"} or C{"json"}.
    @param row: the line at which reading ended.
    @param taken: says what a key takes that takes no text; empty of all others.
    @return: what to do about it, or empty where nothing is known.
    """
    for pattern, words in _MISTAKES[format]:
        found = re.search(pattern, row)
        if found is not None:
            other = taken(found["key"]) if words is _QUOTED else ""
            if other:
                return f"{found['key']} takes {other}"
            for name, value in found.groupdict().items():
                words = words.replace(f"{{{name}}}", value)
            return words
    return ""
