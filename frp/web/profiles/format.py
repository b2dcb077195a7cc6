"""
Profiles in the format that C{pprof} reads: a gzipped message of protocol buffers, whose fields are those of
C{profile.proto} of github.com/google/pprof.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from frp.values import frozen

__all__ = ["Frame", "Profile"]

T = TypeVar("T")


@frozen
class Frame:
    """
    A function that was running.

    @ivar line: which of its lines; 0 where nobody asks.
    """

    name: str
    file: str = ""
    line: int = 0


@frozen
class Profile:
    """
    What was found.

    @ivar values: name and unit of each number that a sample has.
    @ivar samples: by their stacks, the innermost frame first.
    @ivar period: name and unit of what is counted, and how much of it is between two samples.
    @ivar duration: seconds.
    """

    values: Sequence[tuple[str, str]]
    samples: Mapping[tuple[Frame, ...], Sequence[int]]
    period: tuple[str, str, int] | None = None
    duration: float = 0

    def encode(self) -> bytes:
        """@return: as a file that C{go tool pprof} opens."""
        texts: dict[str, int] = {"": 0}
        functions: dict[tuple[str, str], int] = {}
        places: dict[Frame, int] = {}
        parts = [_message(1, _kind(texts, *value)) for value in self.values]
        for stack, numbers in self.samples.items():
            ids = [_number(places, frame) for frame in stack]
            parts.append(_message(2, _packed(1, ids) + _packed(2, numbers)))
        for frame, number in places.items():
            function = _number(functions, (frame.name, frame.file))
            line = _field(1, function) + _field(2, frame.line)
            parts.append(_message(4, _field(1, number) + _message(4, line)))
        for (name, file), number in functions.items():
            told = _field(2, _text(texts, name)) + _field(3, _text(texts, name)) + _field(4, _text(texts, file))
            parts.append(_message(5, _field(1, number) + told))
        parts += [_field(9, time.time_ns()), _field(10, int(self.duration * 1e9))]
        if self.period is not None:
            name, unit, amount = self.period
            parts += [_message(11, _kind(texts, name, unit)), _field(12, amount)]
        parts += [_message(6, one.encode("utf-8", "replace")) for one in texts]
        return gzip.compress(b"".join(parts), 1)


def _number(known: dict[T, int], thing: T) -> int:
    """Ids begin with 1."""
    return known.setdefault(thing, len(known) + 1)


def _text(texts: dict[str, int], text: str) -> int:
    return texts.setdefault(text, len(texts))


def _kind(texts: dict[str, int], name: str, unit: str) -> bytes:
    return _field(1, _text(texts, name)) + _field(2, _text(texts, unit))


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _field(key: int, number: int) -> bytes:
    return _varint(key << 3) + _varint(number)


def _message(key: int, content: bytes) -> bytes:
    return _varint(key << 3 | 2) + _varint(len(content)) + content


def _packed(key: int, numbers: Iterable[int]) -> bytes:
    return _message(key, b"".join(map(_varint, numbers)))
