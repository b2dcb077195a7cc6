"""What streams have taken and not yet given back to the peer."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from frp.session.deadline import Later

__all__ = ["GIVE_TIME", "Returns"]

#: Seconds after which it is given back at the latest.
GIVE_TIME = 0.003


class Returns:
    """
    Sees to it that what a stream has taken is given back soon, be it ever so little: a peer may have no more than that
    under way.
    """

    def __init__(self, clock: IReactorTime, together: Callable[[Callable[[], None]], None]) -> None:
        """@param together: calls something whose frames are to leave in one write."""
        self._together = together
        self._timer = Later(clock)
        self._owing: dict[Callable[[], object], None] = {}

    def owes(self, giveBack: Callable[[], object]) -> None:
        """A stream has taken something; this gives it back, and may be called too often."""
        self._owing[giveBack] = None
        if not self._timer.waiting:
            self._timer.set(GIVE_TIME, self._together, self._give)

    def stop(self) -> None:
        """The session has ended."""
        self._timer.stop()
        self._owing.clear()

    def _give(self) -> None:
        owing, self._owing = self._owing, {}
        for giveBack in owing:
            giveBack()
