"""
How much a peer may ask for that leads nowhere.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

__all__ = ["Patience"]


class Patience:
    """
    Points that are spent faster than they come back by a peer who makes us work for nothing.

    @ivar left: never more than at the beginning.
    """

    __slots__ = ("_clock", "_most", "_rate", "_since", "left")

    def __init__(self, clock: IReactorTime, most: float, rate: float) -> None:
        """
        @param most: points at the beginning.
        @param rate: points that come back each second.
        """
        self._clock = clock
        self._most = self.left = most
        self._rate = rate
        self._since = clock.seconds()

    def spend(self, points: float) -> bool:
        """@return: whether there were so many."""
        now = self._clock.seconds()
        self.left = min(self._most, self.left + (now - self._since) * self._rate) - points
        self._since = now
        return self.left >= 0
