"""
Where in a text a key stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from frp.config.formats import Document

__all__ = ["lineOf"]

_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[]+)")
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_NAME = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def lineOf(document: Document, path: str) -> int:
    """
    The line, from 1, on which a key stands; that of the nearest thing around it when the text does not show it, and 0
    when there is none.

    @param path: as in L{ConfigError.path<frp.errors.ConfigError.path>}: C{proxies[3].localPort}.
    """
    steps = tuple(int(index) if index else name.lower() for index, name in _STEP.findall(path))
    if not steps:
        return 0
    return _inTOML(document.text, steps) if document.format == "toml" else _inYAML(document.text, steps)


def _inTOML(text: str, wanted: tuple[Any, ...]) -> int:
    best, line = 0, 0
    for number, found in _keys(text):
        if wanted[: len(found)] == found and len(found) > best:
            best, line = len(found), number
    return line


def _keys(text: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The lines of a TOML text that name something, with the whole way to it."""
    table: tuple[Any, ...] = ()
    counts: dict[tuple[Any, ...], int] = {}
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


def _inYAML(text: str, wanted: tuple[Any, ...]) -> int:
    import yaml

    try:
        node = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return 0
    line = 0
    for step in wanted:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            pair = next((p for p in node.value if str(p[0].value).lower() == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        else:
            break
    return line
