"""What was said last on connections that are no more, for peers that did not hear it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from twisted.internet.interfaces import IReactorTime

__all__ = ["Lingering"]

#: Seconds for which it is kept.
KEPT = 3.0

#: How many names are kept at most; and how many answers each of them is worth.
MOST = 4096
ANSWERS = 8


class Lingering:
    """By the connection ids, bounded in time, number and answers."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._words: OrderedDict[bytes, tuple[float, int, bytes]] = OrderedDict()

    def __len__(self) -> int:
        """How many names are kept."""
        return len(self._words)

    def add(self, names: Iterable[bytes], words: bytes) -> None:
        """@param words: the datagram that says that the connection is over."""
        until = self._clock.seconds() + KEPT
        for name in names:
            self._words[name] = (until, ANSWERS, words)
        while len(self._words) > MOST or (self._words and self._first() < self._clock.seconds()):
            self._words.popitem(last=False)

    def _first(self) -> float:
        return next(iter(self._words.values()))[0]

    def find(self, name: bytes) -> bytes | None:
        """@return: what is to be said to who still believes in this connection."""
        until, answers, words = self._words.get(name, (0.0, 0, b""))
        if not answers or until < self._clock.seconds():
            return None
        self._words[name] = (until, answers - 1, words)
        return words
