"""
TOML, YAML and JSON texts to plain mappings, told apart and complained about as the reference does.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import attrs
import tomli

from frp.config.literals import Written
from frp.errors import ConfigError, ConfigErrors

__all__ = ["Document", "parse"]

_LARGEST = 2**63


@attrs.frozen
class Document:
    """
    A text that has been read.

    @ivar format: C{toml}, C{yaml} or C{json}.
    @ivar content: what it holds; not always a mapping.
    @ivar text: what was read, after its templates were filled in; empty, if its lines are not those of the file.
    @ivar warnings: what is odd about it.
    """

    format: str
    content: Any
    text: str
    warnings: tuple[str, ...] = ()


def parse(text: str, extension: str = "") -> Document:
    """
    Read a text. Whatever the extension, TOML is tried first; what then starts with a brace is JSON, all else is YAML.

    @param extension: with C{".toml"} the text is TOML or nothing.
    @raise ConfigErrors: with the reference's text, and the line.
    """
    try:
        return Document("toml", _toml(text), text)
    except ConfigErrors:
        if extension.lower() == ".toml":
            raise
    if text.lstrip(" \t\r\n").startswith("{"):
        return Document("json", _json(text), text)
    # Imported here, for it takes as long as all the rest and most files are TOML.
    from frp.config import yamlformat

    content = yamlformat.load(text)
    for value in _leaves(content):
        if isinstance(value, float) and not math.isfinite(value):
            _fail("error converting YAML to JSON: " + _unsupported(value))
    return Document("yaml", content, text)


def _fail(problem: str, line: int = 0, hint: str = "") -> NoReturn:
    raise ConfigErrors([ConfigError("", problem, line=line, hint=hint)])


def _unsupported(value: float) -> str:
    return f"json: unsupported value: {'NaN' if math.isnan(value) else '+Inf' if value > 0 else '-Inf'}"


def _leaves(content: Any) -> Iterator[Any]:
    """Every single value, each list and mapping once: YAML's references may make a small text stand for a huge tree."""
    seen: set[int] = set()
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (dict, list)):
            if id(value) not in seen:
                seen.add(id(value))
                waiting.extend(value.values() if isinstance(value, dict) else value)
        else:
            yield value


# TOML


def _toml(text: str) -> dict[str, Any]:
    try:
        content = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        _failTOML(error, text)
    except RecursionError:
        _fail("toml: nested too deeply")
    for value in _leaves(content):
        if isinstance(value, float) and not math.isfinite(value):
            _fail(_unsupported(value))
        if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            _failLarge(text, value)
    return content


def _failTOML(error: tomli.TOMLDecodeError, text: str) -> NoReturn:
    line, column = error.lineno, error.colno
    rows = text.split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    name = row.split("=")[0].strip(" \t[]").rpartition(".")[2].strip("\"' ")
    if error.msg.startswith("Cannot overwrite"):
        _fail(f"toml: key {name} is already defined", line)
    if error.msg.startswith("Cannot declare"):
        _fail(f"toml: table {name} already exists", line)
    at = row[column - 1 : column]
    if error.msg.startswith("Unescaped"):
        # tomli points behind the character.
        column -= 1
        at = row[column - 1 : column]
    what = _tomlWords(error.msg, at, not row[column - 1 :].strip())
    _fail(f"toml: line {line}, column {column}: toml: {what}", line)


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
            _fail(
                f"toml: line {number}, column {found.start() + 1}: toml: couldn't parse decimal number: {why}", number
            )
    _fail("toml: couldn't parse number: value out of range")


# JSON


def _refuseConstant(name: str) -> NoReturn:
    raise json.JSONDecodeError("Expecting value", name, 0)


_reader = json.JSONDecoder(parse_float=Written, parse_constant=_refuseConstant)


def _json(text: str) -> Any:
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        # What follows the first value is not read, as in the reference.
        return _reader.raw_decode(text, start)[0]
    except json.JSONDecodeError as error:
        _failJSON(error, text)
    except ValueError:
        # An integer of more digits than Python likes to read.
        _fail(f"json: a number of more than {sys.get_int_max_str_digits()} digits")
    except RecursionError:
        _fail("json: exceeded max depth")


def _failJSON(error: json.JSONDecodeError, text: str) -> NoReturn:
    if error.doc is not text:
        _fail(f"invalid character '{error.doc[0]}' looking for beginning of value", hint=f"JSON has no {error.doc}")
    position = error.pos
    # Newer Pythons point at a trailing comma itself, others at what follows.
    if "trailing comma" in error.msg:
        position += 1
    if error.msg.startswith("Invalid \\"):
        position += 1
    while position < len(text) and text[position] in " \t\r\n" and not error.msg.startswith("Invalid"):
        position += 1
    for word in ("true", "false", "null") if error.msg.startswith("Expecting value") else ():
        _failLiteral(text, position, word)
    if position >= len(text) or error.msg.startswith("Unterminated string"):
        _fail("unexpected EOF", text.count("\n") + 1)
    line = text.count("\n", 0, position) + 1
    _fail(f"invalid character {_quotedChar(text[position])} {_expectation(error.msg, text, position)}", line)


def _failLiteral(text: str, position: int, word: str) -> None:
    """Complain if a word begins here, but does not go on so."""
    right = 0
    while right < len(word) and text[position + right : position + right + 1] == word[right]:
        right += 1
    found = text[position + right : position + right + 1]
    if right and right < len(word) and found:
        line = text.count("\n", 0, position) + 1
        _fail(f"invalid character {_quotedChar(found)} in literal {word} (expecting '{word[right]}')", line)


def _expectation(message: str, text: str, position: int) -> str:
    if message.startswith(("Expecting property name", "Illegal trailing comma")):
        return (
            "looking for beginning of object key string" if "array" not in message else "looking for beginning of value"
        )
    if message.startswith("Expecting ':'"):
        return "after object key"
    if message.startswith("Expecting ','"):
        return "after array element" if _inArray(text, position) else "after object key:value pair"
    if message.startswith("Invalid control"):
        return "in string literal"
    if message.startswith("Invalid \\"):
        return "in string escape code"
    return "looking for beginning of value"


def _inArray(text: str, position: int) -> bool:
    """Is the innermost open bracket before a position a square one?"""
    depth = []
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text[:position]):
        if found[0] in "[{":
            depth.append(found[0])
        elif found[0] in "]}" and depth:
            depth.pop()
    return bool(depth) and depth[-1] == "["


def _quotedChar(char: str) -> str:
    escapes = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return f"'{escapes.get(char, char)}'"
