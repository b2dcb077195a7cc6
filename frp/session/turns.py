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


class Turn:
    """How long the work of this turn has taken."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._until = clock.seconds() + TURN

    @property
    def over(self) -> bool:
        """Whether what is left of the work is for the next turn."""
        return self._clock.seconds() > self._until


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
