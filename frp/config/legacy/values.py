"""
Values as INI files write them.

Each function takes a text that is not empty. It gives the value as today's tables have it, or None where the text means
the default; what it cannot read raises L{ValueError}, and the reference goes on as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from frp.config.legacy.ini import SPACE
from frp.config.values import portRanges

__all__ = ["Read", "boolean", "listed", "number", "ports", "positive", "text", "words"]

Read = Callable[[str], object]

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True", "YES", "yes", "Yes", "y", "ON", "on", "On"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False", "NO", "no", "No", "n", "OFF", "off", "Off"))

# Each base with its digits. Go takes 0 in front for octal, as C does.
_NUMBERS = (
    (10, re.compile(r"([+-]?)([1-9](?:_?[0-9])*|0)")),
    (16, re.compile(r"([+-]?)0[xX]((?:_?[0-9a-fA-F])+)")),
    (8, re.compile(r"([+-]?)0[oO]?((?:_?[0-7])+)")),
    (2, re.compile(r"([+-]?)0[bB]((?:_?[01])+)")),
)
_DIGITS = 128  # more are no number of 64 bits


def text(value: str) -> str:
    return value


def number(value: str) -> int:
    """A whole number of 64 bits, as Go's programs are written."""
    for base, pattern in _NUMBERS:
        found = pattern.fullmatch(value) if len(value) < _DIGITS else None
        if found is not None:
            read = int(found[1] + found[2].replace("_", ""), base)
            if -(2**63) <= read < 2**63:
                return read
    raise ValueError("is no whole number")


def positive(value: str) -> int | None:
    """A number of which all below 1 mean the default."""
    return max(0, number(value)) or None


def boolean(value: str) -> bool:
    if value not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false")
    return value in _TRUE


def words(value: str) -> list[str]:
    r"""C{a, b}: a comma that belongs to a word has a C{\} in front of it."""
    found, word, taken = [], "", re.findall(r"\\.?|[^\\]", value, re.DOTALL)
    for piece in taken:
        if piece == ",":
            found.append(word.strip(SPACE))
            word = ""
        else:
            word += piece[1:] if piece in ("\\", "\\\\", "\\,") else piece
    return [*found, word.strip(SPACE)] if word else found


def listed(word: str) -> Read:
    """@return: reads a boolean, which puts this word into a list."""
    return lambda value: [word] if boolean(value) else None


def ports(value: str) -> list[dict[str, int]]:
    try:
        ranges = portRanges(value)
    except ValueError:
        raise ValueError("cannot be read, so that every port is allowed") from None
    return [{"start": one.start, "end": one.end} if one.end else {"single": one.single} for one in ranges]
