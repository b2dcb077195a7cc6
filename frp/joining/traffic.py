"""What the connections of one proxy or visitor carry, as it passes."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Counts", "Traffic"]

#: Says how many bytes a connection has sent to the peer, and received from it, until now.
Counts = Callable[[], tuple[int, int]]


class Traffic:
    """
    Counts, for whoever looks at it now and then: the connections that are open are asked.

    @ivar total: how many connections there were, those that are open included.
    """

    def __init__(self) -> None:
        self.total = 0
        self._open: dict[object, Counts] = {}
        self._sent = self._received = 0

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def counts(self) -> tuple[int, int]:
        """@return: the bytes of all of them to the peer, and from it."""
        sent, received = self._sent, self._received
        for counts in self._open.values():
            more = counts()
            sent, received = sent + more[0], received + more[1]
        return sent, received

    def began(self, connection: object) -> None:
        """One more is open. Nothing is known of its bytes yet."""
        self.total += 1
        self._open[connection] = _nothing

    def follow(self, connection: object, counts: Counts) -> None:
        """From now on this says what it has carried, from its beginning on."""
        self._open[connection] = counts

    def ended(self, connection: object, sent: int, received: int) -> None:
        """It is over, and has carried this much."""
        del self._open[connection]
        self._sent += sent
        self._received += received


def _nothing() -> tuple[int, int]:
    return 0, 0
