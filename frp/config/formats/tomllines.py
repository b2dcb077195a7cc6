"""Where in a TOML text a key stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from frp.config.formats.format import Way

__all__ = ["lineOf"]

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_NAME = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def lineOf(text: str, wanted: Way) -> int:
    """For L{Format.lineOf<frp.config.formats.format.Format.lineOf>}: the line that leads furthest on the way."""
    best, line = 0, 0
    for number, found in _keys(text):
        if wanted[: len(found)] == found and len(found) > best:
            best, line = len(found), number
    return line


def _keys(text: str) -> Iterator[tuple[int, Way]]:
    """The lines of a TOML text that name something, with the whole way to it."""
    table: Way = ()
    counts: dict[Way, int] = {}
    for number, row in enumerate(text.split("\n"), 1):
        header = _HEADER.match(row)
        if header is not None:
            table = ()
            names = _names(header[2])
            for n, name in enumerate(names):
                table += (name,)
                last = n == len(names) - 1
                if last and header[1] == "[[":
                    counts[table] = counts.get(table, -1) + 1
                if table in counts:
                    table += (counts[table],)
            yield number, table
        else:
            key = _KEY.match(row)
            if key is not None:
                yield number, table + _names(key[1])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'").lower() for name in _NAME.findall(dotted))
