"""
The words of Go's text templates: a text cut into tokens.

Positions are offsets into the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from frp.config.values import quoted
from frp.values import frozen

__all__ = ["TemplateSyntaxError", "Token", "numberOf", "tokens", "unquoted"]

_SPACE = " \t\r\n"
_KEYWORDS = ("block", "break", "continue", "define", "else", "end", "if", "range", "template", "with")


class TemplateSyntaxError(Exception):
    """
    The text is no template.

    @ivar line: from 1.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@frozen
class Token:
    """
    A piece of an action.

    @ivar kind: C{text}, C{left}, C{right}, C{name}, C{keyword}, C{field}, C{variable}, C{number}, C{string}, C{char},
        C{space}, C{eof}, C{error}, or the sign itself.
    """

    kind: str
    value: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.kind == "eof":
            return "EOF"
        if self.kind == "error":
            return self.value
        if self.kind == "keyword":
            return f"<{self.value}>"
        return f"{quoted(self.value[:10])}..." if len(self.value) > 10 else quoted(self.value)


_SIGN = re.compile(
    r"""(?P<space>[ \t\r\n]+)|(?P<declare>:=)
    |(?P<string>"(?:[^"\\\n]|\\[^\n])*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\[^\n])+')
    |(?P<variable>\$\w*)|(?P<field>\.[^\W\d]\w*)|(?P<name>[^\W\d]\w*)
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?))
    |(?P<sign>[|(),=.])|(?P<other>[!-~])""",
    re.VERBOSE,
)


def tokens(text: str) -> Iterator[Token]:
    """Cut a text; the last token is C{eof} or C{error}."""
    position, trim = 0, False
    while True:
        start = text.find("{{", position)
        end = len(text) if start < 0 else start
        trims = start >= 0 and text.startswith("{{-", start) and text[start + 3 : start + 4] in (*_SPACE, "")
        piece = text[position:end]
        stripped = piece.lstrip(_SPACE) if trim else piece
        begin = end - len(stripped)
        stripped = stripped.rstrip(_SPACE) if trims else stripped
        if stripped:
            yield _at(text, "text", stripped, begin)
        if start < 0:
            yield _at(text, "eof", "", end)
            return
        inside = start + (4 if trims else 2)
        if text.startswith("/*", inside):
            position, trim = _comment(text, inside)
            if position < 0:
                problem = "comment ends before closing delimiter" if trim else "unclosed comment"
                yield _at(text, "error", problem, inside)
                return
            continue
        yield _at(text, "left", "{{", start)
        position, trim = inside, False
        for token in _action(text, inside):
            yield token
            if token.kind == "error":
                return
            if token.kind == "right":
                position, trim = token.position + len(token.value), token.value.startswith("-")


def _comment(text: str, start: int) -> tuple[int, bool]:
    """
    Where the text goes on, and whether spaces are trimmed. It is -1 for a comment that does not end, with True where
    only the delimiter is amiss.
    """
    end = text.find("*/", start + 2)
    if text.startswith("}}", end + 2) and end >= 0:
        return end + 4, False
    if end >= 0 and text[end + 2 : end + 3] in (*_SPACE,) and text.startswith("-}}", end + 3):
        return end + 6, True
    return -1, end >= 0


def _at(text: str, kind: str, value: str, position: int) -> Token:
    return Token(kind, value, position, text.count("\n", 0, position) + 1)


def _action(text: str, position: int) -> Iterator[Token]:
    depth = 0
    while True:
        if text.startswith("}}", position) or (text.startswith("-}}", position) and text[position - 1] in _SPACE):
            if depth:
                yield _at(text, "error", "unclosed left paren", position)
            else:
                yield _at(text, "right", "}}" if text[position] == "}" else "-}}", position)
            return
        found = _SIGN.match(text, position)
        if found is None or (found.lastgroup == "other" and found[0] in "\"`':"):
            yield _at(text, "error", _unreadable(text, position), len(text) if position >= len(text) else position)
            return
        kind, value = str(found.lastgroup), found[0]
        after = text[found.end() : found.end() + 1]
        if kind == "name":
            kind = "keyword" if value in _KEYWORDS else "literal" if value in ("true", "false", "nil") else kind
        isWord = kind in ("name", "keyword", "literal", "field", "variable")
        if isWord and after.strip(_SPACE + ".,|:()=") and not text.startswith("}}", found.end()):
            yield _at(text, "error", f"bad character U+{ord(after):04X} {_shown(after)}", found.end())
            return
        if kind == "number" and (after.isalnum() or after == "_"):
            yield _at(text, "error", f"bad number syntax: {quoted(value + after)}", position)
            return
        if kind == "sign":
            kind = value
            depth += {"(": 1, ")": -1}.get(value, 0)
            if depth < 0:
                yield _at(text, "error", "unexpected right paren", position)
                return
        yield _at(text, kind, value, position)
        position = found.end()


def _unreadable(text: str, position: int) -> str:
    if position >= len(text):
        return "unclosed action"
    unclosed = {
        '"': "unterminated quoted string",
        "`": "unterminated raw quoted string",
        "'": "unterminated character constant",
        ":": "expected :=",
    }
    found = unclosed.get(text[position])
    return found or f"unrecognized character in action: U+{ord(text[position]):04X} {_shown(text[position])}"


def _shown(char: str) -> str:
    return f"'{char}'" if char.isprintable() else ""


_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))")


def unquoted(written: str) -> str:
    if written[0] == "`":
        return written[1:-1].replace("\r", "")

    def meaning(found: re.Match[str]) -> str:
        short, *codes, octal, wrong = found.groups()
        if wrong is not None:
            raise ValueError("invalid syntax")
        if short is not None:
            return {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}.get(short, short)
        code = int(octal, 8) if octal is not None else int(next(c for c in codes if c is not None), 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise ValueError("invalid syntax")
        return chr(code)

    return _ESCAPE.sub(meaning, written[1:-1])


def numberOf(written: str) -> int | float:
    plain = written.replace("_", "")
    octal = re.fullmatch(r"([+-]?)0([0-7]+)", plain)
    try:
        value: int | float = int(f"{octal[1]}0o{octal[2]}" if octal else plain, 0)
    except ValueError:
        try:
            value = float(plain)
        except ValueError:
            raise ValueError(f"bad number syntax: {quoted(written)}") from None
    if abs(value) >= 2**63 and isinstance(value, int):
        raise ValueError(f"integer overflow: {quoted(written)}")
    return value
