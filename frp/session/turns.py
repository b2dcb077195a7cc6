"""Work that would hold the reactor for long, a few milliseconds of it in each of its turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

__all__ = ["TURN", "Turn", "inTurns"]

T = TypeVar("T")

#: Seconds after which others have their turn. A thousand proxies that come or go take a hundred times as long.
TURN = 0.002

#: Seconds between two pieces of work that are certainly not of one turn, or so little that it does not matter.
APART = 0.0005


class Turn:
    """How long the work of this turn has taken, whether it is done in one piece or in many that follow each other."""

    __slots__ = ("_clock", "_seen", "_until")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """A turn begins: others have had theirs."""
        self._seen = self._clock.seconds()
        self._until = self._seen + TURN

    def resume(self) -> None:
        """More work has come: of this turn, if it comes hot on the heels of the last, as the frames of one read do."""
        if self._clock.seconds() > self._seen + APART:
            self.renew()

    @property
    def over(self) -> bool:
        """Whether what is left of the work is for the next turn."""
        self._seen = self._clock.seconds()
        return self._seen > self._until


def inTurns(clock: IReactorTime, act: Callable[[T], object], things: Iterable[T]) -> Deferred[None]:
    """
    Do something with each thing, beginning now.

    @return: fires when it was done for the last one.
    """
    done: Deferred[None] = Deferred()
    left = iter(things)

    def some() -> None:
        turn = Turn(clock)
        for thing in left:
            act(thing)
            if turn.over:
                clock.callLater(0, some)
                return
        done.callback(None)

    some()
    return done
