"""JSON, complained about as the reference does."""

from __future__ import annotations

import json
import re
import sys
from typing import NoReturn

from frp.config.formats.format import Way, fail
from frp.config.values import Written

__all__ = ["JSON"]


def _refuseConstant(name: str) -> NoReturn:
    raise json.JSONDecodeError("Expecting value", name, 0)


_reader = json.JSONDecoder(parse_float=Written, parse_constant=_refuseConstant)


class JSON:
    name = "json"
    ordered = textual = hides = False

    def read(self, text: str) -> object:
        start = len(text) - len(text.lstrip(" \t\r\n"))
        try:
            # What follows the first value is not read, as in the reference.
            return _reader.raw_decode(text, start)[0]
        except json.JSONDecodeError as error:
            _failJSON(error, text)
        except ValueError:
            # An integer of more digits than Python likes to read.
            fail(f"json: a number of more than {sys.get_int_max_str_digits()} digits")
        except RecursionError:
            fail("json: exceeded max depth")

    def lineOf(self, text: str, way: Way) -> int:
        from frp.config.formats.yaml import YAML  # which every JSON text is, too

        return YAML().lineOf(text, way)


def _failJSON(error: json.JSONDecodeError, text: str) -> NoReturn:
    if error.doc is not text:
        fail(f"invalid character '{error.doc[0]}' looking for beginning of value", hint=f"JSON has no {error.doc}")
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
        fail("unexpected EOF", text.count("\n") + 1)
    line = text.count("\n", 0, position) + 1
    fail(f"invalid character {_quotedChar(text[position])} {_expectation(error.msg, text, position)}", line)


def _failLiteral(text: str, position: int, word: str) -> None:
    """Complain if a word begins here, but does not go on so."""
    right = 0
    while right < len(word) and text[position + right : position + right + 1] == word[right]:
        right += 1
    found = text[position + right : position + right + 1]
    if right and right < len(word) and found:
        line = text.count("\n", 0, position) + 1
        fail(f"invalid character {_quotedChar(found)} in literal {word} (expecting '{word[right]}')", line)


def _expectation(message: str, text: str, position: int) -> str:
    if message.startswith(("Expecting property name", "Illegal trailing comma")) and "array" not in message:
        return "looking for beginning of object key string"
    if message.startswith("Expecting ','"):
        return "after array element" if _inArray(text, position) else "after object key:value pair"
    known = {
        "Expecting ':'": "after object key",
        "Invalid control": "in string literal",
        "Invalid \\": "in string escape code",
    }
    return next((known[start] for start in known if message.startswith(start)), "looking for beginning of value")


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
