"""How large a datagram may be that reaches the peer (RFC 9000, section 14.3; RFC 8899)."""

from __future__ import annotations

from collections import deque

__all__ = ["BASE", "LARGEST", "Probing"]

#: What every path carries.
BASE = 1200

#: What a frame's length in two bytes can say, and the head around it.
LARGEST = 16 * 1024

#: What is tried, the largest first: Ethernet as the reference takes it, and what tunnels leave of it.
_SIZES = (1452, 1400, 1350, 1280)

#: How often a size may be lost before a smaller one is tried.
TRIES = 2


class Probing:
    """
    Which size is tried next.

    @ivar size: the largest that is known to arrive.
    """

    __slots__ = ("_lost", "_sizes", "size")

    def __init__(self) -> None:
        self.size = BASE
        self._sizes: deque[int] = deque()
        self._lost = 0

    def begin(self, most: int) -> None:
        """@param most: what the network at both ends may carry, in bytes of UDP payload."""
        most = min(most, LARGEST)
        sizes = (most, *_SIZES) if most > _SIZES[0] else _SIZES
        self._sizes = deque(size for size in sizes if self.size < size <= most)
        self._lost = 0

    @property
    def next(self) -> int:
        """The size to try, 0 where there is none."""
        return self._sizes[0] if self._sizes else 0

    def arrived(self, size: int) -> None:
        """A datagram of this size has."""
        if size > self.size:
            self.size = size
        self._sizes.clear()

    def lost(self) -> None:
        """One of the size that is tried has not."""
        self._lost += 1
        if self._lost >= TRIES and self._sizes:
            self._sizes.popleft()
            self._lost = 0

    def blackHole(self) -> None:
        """What has arrived until now does so no more: the way has changed. Smaller sizes are tried."""
        most = self.size - 1
        self.size = BASE
        self.begin(most)
