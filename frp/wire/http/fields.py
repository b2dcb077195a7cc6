"""The fields of an HTTP message: pairs of a name and a value, in the order and the spelling of the sender."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from frp.values import define
from frp.wire.http.error import HTTPWireError

__all__ = ["COUNT_LIMIT", "TEXT", "TOKEN", "Fields", "checkFields", "encodeFields", "isToken", "readFields"]

COUNT_LIMIT = 256
"""Fields of one request, and of one trailer section."""

RESPONSE_COUNT_LIMIT = 2048
"""Fields of one response."""

TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The characters of methods and names."""

TEXT = bytes([9, *range(32, 127), *range(128, 256)])
"""The characters of lines: no control character but the tab."""


def isToken(word: bytes) -> bool:
    """Whether this can be a method or a name."""
    return bool(word) and not word.translate(None, TOKEN)


@define(init=False)
class Fields:
    """
    Names and values.

    All look-ups take the name in lower case. The list C{pairs} is to be read only; it is changed by the methods here.

    @ivar pairs: name as spelled by the sender, value without white space around it.
    """

    pairs: list[tuple[bytes, bytes]]
    _first: dict[bytes, bytes] = attrs.field(eq=False, repr=False)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.pairs = list(pairs)
        self._first = _index(self.pairs) if self.pairs else {}

    def get(self, name: bytes) -> bytes | None:
        """The first value of this name."""
        return self._first.get(name)

    def all(self, name: bytes) -> list[bytes]:
        """Every value of this name."""
        if name not in self._first:
            return []
        return [value for key, value in self.pairs if key.lower() == name]

    def members(self, name: bytes) -> list[bytes]:
        """The members of a comma-separated list, over all fields of this name, in lower case, without empty ones."""
        if name not in self._first:
            return []
        words = b",".join(self.all(name)).lower().split(b",")
        return [word for word in map(bytes.strip, words) if word]

    def add(self, name: bytes, value: bytes) -> None:
        """Append a field; others of that name stay."""
        self.pairs.append((name, value))
        self._first.setdefault(name.lower(), value)

    def set(self, name: bytes, value: bytes) -> None:
        """Let this be the only field of its name; it stands where the first one stood, or at the end."""
        key = name.lower()
        if key in self._first:
            kept: list[tuple[bytes, bytes]] = []
            there = False
            for pair in self.pairs:
                if pair[0].lower() != key:
                    kept.append(pair)
                elif not there:
                    there = True
                    kept.append((name, value))
            self.pairs = kept
        else:
            self.pairs.append((name, value))
        self._first[key] = value

    def remove(self, *names: bytes) -> None:
        """Drop all fields of these names (in lower case); absent ones do no harm."""
        first = self._first
        gone = [name for name in names if first.pop(name, None) is not None]
        if gone:
            self.pairs = [pair for pair in self.pairs if pair[0].lower() not in gone]

    def copy(self) -> Fields:
        """The same fields, to be changed apart from these."""
        other = Fields.__new__(Fields)
        other.pairs = self.pairs.copy()
        other._first = self._first.copy()
        return other

    def repeated(self, name: bytes) -> bool:
        """Whether there is more than one field of this name."""
        return len(self._first) != len(self.pairs) and len(self.all(name)) > 1

    def __contains__(self, name: object) -> bool:
        return name in self._first

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def _index(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value in reversed(pairs)}


def readFields(lines: list[bytes], status: int) -> Fields:
    """
    Read field lines that hold no control character but tabs.

    @param lines: without their ends.
    @param status: what a malformed line is answered with.
    @raise HTTPWireError: too many, no colon, or a name that is no token; so is what begins with or has white space
        before the colon.
    """
    fields = Fields.__new__(Fields)
    fields.pairs = pairs = []
    fields._first = first = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise HTTPWireError(status, "malformed header field", f"a header field without a colon: {line[:60]!r}")
        # There are no control characters but tabs, so that all that is stripped are spaces and tabs.
        first[name.lower()] = value = value.strip()
        pairs.append((name, value))
    checkFields(fields, status)
    if len(first) != len(pairs):
        fields._first = _index(pairs)
    return fields


def checkFields(fields: Fields, status: int) -> None:
    """@raise HTTPWireError: too many, or a name that is no token."""
    names = fields._first
    if b"" in names or b"".join(names).translate(None, TOKEN):
        wrong = next(name for name in names if not isToken(name))
        raise HTTPWireError(status, "malformed header field name", f"a header field is named {wrong[:60]!r}")
    limit = RESPONSE_COUNT_LIMIT if status == 502 else COUNT_LIMIT
    if len(fields.pairs) > limit:
        raise HTTPWireError(431, "too many header fields", f"more than {limit} header fields")


def encodeFields(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Field lines with their ends, unchecked. Of L{Fields} their C{pairs} are the faster way."""
    return b"".join([b"%b: %b\r\n" % pair for pair in pairs])
