"""TOML, complained about as the reference does."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NoReturn

import tomli

from frp.config.formats.format import Way, fail, leaves, unsupported

__all__ = ["TOML"]

_LARGEST = 2**63


class TOML:
    name = "toml"
    ordered = True
    textual = hides = False

    def read(self, text: str) -> dict[str, object]:
        try:
            content = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            _failTOML(error, text)
        except RecursionError:
            fail("toml: nested too deeply")
        for value in leaves(content):
            if isinstance(value, float) and not math.isfinite(value):
                fail(unsupported(value))
            if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
                _failLarge(text, value)
        return content

    def lineOf(self, text: str, way: Way) -> int:
        """The line that leads furthest on the way; of a table that only has others below it, the first of these."""
        best, line, below = 0, 0, 0
        for number, found in _keys(text):
            if way[: len(found)] == found and len(found) > best:
                best, line = len(found), number
            if not below and found[: len(way)] == way:
                below = number
        return line if best == len(way) else below or line


def _failTOML(error: tomli.TOMLDecodeError, text: str) -> NoReturn:
    line, column = error.lineno, error.colno
    rows = text.split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    name = row.split("=")[0].strip(" \t[]").rpartition(".")[2].strip("\"' ")
    if error.msg.startswith("Cannot overwrite"):
        fail(f"toml: key {name} is already defined", line, hint="a key stands once in its table")
    if error.msg.startswith("Cannot declare"):
        fail(f"toml: table {name} already exists", line, hint="a table stands once; [[name]] begins one more of a list")
    at = row[column - 1 : column]
    if error.msg.startswith("Unescaped"):
        # tomli points behind the character.
        column -= 1
        at = row[column - 1 : column]
    what = _tomlWords(error.msg, at, not row[column - 1 :].strip())
    hint = "a list ends with ], which is missing on this line or above it" if error.msg == "Unclosed array" else ""
    fail(f"toml: line {line}, column {column}: toml: {what}", line, hint)


def _tomlWords(message: str, char: str, last: bool) -> str:
    """What the reference says for a message of tomli; tomli's own words where it is not known."""
    if message == "Invalid statement" and char:
        # The reference looks at bytes.
        return f"invalid character at start of key: {chr(char.encode()[0])}"
    if message == "Invalid value" and last:
        return "incomplete number"
    if message.startswith("Expected newline or end of document"):
        return f"expected newline but got U+{ord(char):04X} '{char}'" if char else "expected newline"
    if message.startswith("Unescaped") and char:
        return f"invalid escaped character U+{ord(char):04X} '{char}'"
    known = {
        "Expected '=' after a key in a key/value pair": "expected character =",
        "Expected ']' at the end of a table declaration": "expected character ]",
        "Illegal character '\\n'": "basic strings cannot have new lines",
    }
    return known.get(message, message[:1].lower() + message[1:])


def _failLarge(text: str, value: int) -> NoReturn:
    digits = str(value) if abs(value) < 10**4000 else ""
    written = "_?".join(digits)
    for number, row in enumerate(text.split("\n"), 1):
        found = re.search(rf"(?<![\w.]){written}(?!\w)", row) if digits else None
        if found:
            why = f'strconv.ParseInt: parsing "{digits}": value out of range'
            fail(f"toml: line {number}, column {found.start() + 1}: toml: couldn't parse decimal number: {why}", number)
    fail("toml: couldn't parse number: value out of range")


_NAME = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEY = rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*="


def _keys(text: str) -> Iterator[tuple[int, Way]]:
    """The lines of a TOML text that name something, with the whole way to it."""
    table: Way = ()
    counts: dict[Way, int] = {}
    for number, row in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*(\[\[?)([^\[\]]+)\]", row)
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
            key = re.match(_KEY, row)
            if key is not None:
                yield number, table + _names(key[1])


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'").lower() for name in re.findall(_NAME, dotted))
