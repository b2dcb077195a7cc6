"""Parts of a stream that came before their turn."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

__all__ = ["PART", "Early"]

#: Bytes that a part costs beside its own: its object, its place in two tables, and where it stands.
PART = 256


class Early:
    """
    Keeps them by where they stand. They may overlap.

    @ivar cost: bytes of memory for all of them.
    """

    __slots__ = ("_heap", "_parts", "cost")

    def __init__(self) -> None:
        self.cost = 0
        self._parts: dict[int, bytes] = {}
        self._heap: list[int] = []

    def put(self, at: int, data: bytes) -> None:
        """Of two parts that begin at the same place, the longer one is kept."""
        known = self._parts.get(at)
        if known is None:
            heappush(self._heap, at)
            self.cost += PART + len(data)
        elif len(known) < len(data):
            self.cost += len(data) - len(known)
        else:
            return
        self._parts[at] = data

    def take(self, next: int) -> Iterator[bytes]:
        """
        Those whose turn it is.

        @param next: where the stream goes on.
        """
        heap = self._heap
        while heap and heap[0] <= next:
            at = heappop(heap)
            part = self._parts.pop(at)
            self.cost -= PART + len(part)
            part = part[next - at :]
            if part:
                next += len(part)
                yield part
