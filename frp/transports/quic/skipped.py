"""Streams that exist because the peer has opened a later one (RFC 9000, section 2.1), and that nobody has seen yet."""

from __future__ import annotations

from bisect import bisect_right

__all__ = ["Skipped"]


class Skipped:
    """Numbers, kept as ranges: one packet may stand for a hundred thousand streams, and cost a few bytes."""

    __slots__ = ("_starts", "_stops")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []

    def __len__(self) -> int:
        """How many ranges there are."""
        return len(self._starts)

    def add(self, start: int, stop: int) -> None:
        """Numbers from C{start} on, before C{stop}: above all that are here."""
        self._starts.append(start)
        self._stops.append(stop)

    def take(self, number: int) -> bool:
        """@return: whether it was here. It is no more."""
        at = bisect_right(self._starts, number) - 1
        if at < 0 or number >= self._stops[at]:
            return False
        start, stop = self._starts[at], self._stops[at]
        rest = [(first, last) for first, last in ((start, number), (number + 1, stop)) if first < last]
        self._starts[at : at + 1] = [first for first, _ in rest]
        self._stops[at : at + 1] = [last for _, last in rest]
        return True
