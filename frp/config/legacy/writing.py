"""A converted INI file as TOML, for people to go on with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from frp.config.formats.format import Document, Notation, Way

__all__ = ["written"]

_FILLED = "templates were filled in: what they gave when this was written stands here, secrets of the environment, too"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
# A TOML file is a template as well: two braces would begin an action.
_SPECIAL = re.compile(r'[\\"\x00-\x1f\x7f]|\{(?=\{)')
_UNPRINTED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|\{(?=\{)")

Path = tuple[str, ...]


def written(document: Document, heading: str) -> str:
    """
    @param document: what L{readLegacy<frp.config.legacy.document.readLegacy>} gave.
    @param heading: the first line, a comment.
    @return: a TOML text that is read as the same configuration. Above each table stands what is to be said about it.
    """
    content, legacy = document.content, document.legacy
    assert isinstance(content, Mapping), "a converted file is tables"
    assert legacy is not None, "it is no INI file"
    lists = {name: value for name, value in content.items() if _isTables(value)}
    comments: dict[Way, list[str]] = {}
    for remark in legacy.remarks:
        comments.setdefault(remark.way, []).append(_comment(str(remark)))
    rows = [_comment(text) for text in (heading, *([_FILLED] if legacy.filled else []), *document.warnings)]
    common = {name: value for name, value in content.items() if name not in lists}
    rows += _rows(common, (), document.format, comments)
    for name, tables in lists.items():
        for n, table in enumerate(tables):
            rows += ["", f"[[{name}]]", *_rows(table, (name.lower(), n), document.format, comments)]
    return "\n".join(rows) + "\n"


def _isTables(value: object) -> bool:
    """Is it a list of things with names, of which each has a header of its own?"""
    return isinstance(value, list) and any(isinstance(one, Mapping) and "name" in one for one in value)


def _rows(
    table: Mapping[str, object], way: Way, notation: Notation, comments: Mapping[Way, list[str]]
) -> Iterator[str]:
    """A row for each key, in the order of the file, and the comments on the table and on its keys."""
    yield from comments.get(way, ())
    keys = [((*way, *(step.lower() for step in path)), path, value) for path, value in _leaves(table, ())]
    for place, path, value in sorted(keys, key=lambda one: notation.lineOf("", one[0])):
        yield from comments.get(place, ())
        yield f"{'.'.join(map(_name, path))} = {_value(value)}"


def _leaves(table: Mapping[str, object], path: Path) -> Iterator[tuple[Path, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        pairs = [f"{_name(name)} = {_value(one)}" for name, one in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    return _text(value) if isinstance(value, str) else str(value)


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] in '\\"' else f"\\u{ord(found[0]):04x}"


def _comment(text: str) -> str:
    return "# " + _UNPRINTED.sub(lambda found: "{ " if found[0] == "{" else " ", text)
