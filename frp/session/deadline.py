"""Calls that come later, or not at all."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

__all__ = ["Deadline", "Later"]


class Later:
    """One delayed call at a time, which may be put away whether it is waiting, was made, or never set."""

    __slots__ = ("_call", "_clock")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._call: IDelayedCall | None = None

    @property
    def waiting(self) -> bool:
        """Whether it is yet to come."""
        return self._call is not None

    def set(self, seconds: float, call: Callable[..., object], *args: object) -> None:
        """Make the call in so many seconds, in place of the one before."""
        self.stop()
        self._call = self._clock.callLater(seconds, self._due, call, *args)

    def stop(self) -> None:
        """It does not come."""
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def _due(self, call: Callable[..., object], *args: object) -> None:
        self._call = None
        call(*args)


class Deadline:
    """
    One delayed call for all the waits of a connection, one after the other. Moving it costs a look at the clock: the
    call stays where it is, and is put off only when it comes too early.
    """

    __slots__ = ("_call", "_clock", "_due", "_expired", "_fires")

    def __init__(self, clock: IReactorTime, expired: Callable[[], object]) -> None:
        """@param expired: called once for each wait that was not ended in time."""
        self._clock = clock
        self._expired: Callable[[], object] | None = expired
        self._call: IDelayedCall | None = None
        self._due: float | None = None
        self._fires = 0.0

    def wait(self, seconds: float) -> None:
        """A new wait begins, whether there was one or not."""
        if self._expired is None:
            return
        self._due = due = self._clock.seconds() + seconds
        call = self._call
        if call is None:
            self._call = self._clock.callLater(seconds, self._fire)
            self._fires = due
        elif due < self._fires:
            call.reset(seconds)
            self._fires = due

    @property
    def left(self) -> float:
        """Seconds of this wait; 0 where there is none."""
        return self._due - self._clock.seconds() if self._due is not None else 0

    def rest(self) -> None:
        self._due = None

    def stop(self) -> None:
        """Never again."""
        call, self._call = self._call, None
        self._due = self._expired = None
        if call is not None:
            call.cancel()

    def _fire(self) -> None:
        self._call = None
        due, expired = self._due, self._expired
        if due is None or expired is None:
            return
        left = due - self._clock.seconds()
        if left > 0:
            self._call = self._clock.callLater(left, self._fire)
            self._fires = due
        else:
            self._due = None
            expired()
