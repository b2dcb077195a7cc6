"""The turns of a reactor: when one is over, and work that would hold it for long in pieces of a few milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from frp.interfaces import IPasses

__all__ = ["TURN", "Turn", "chosen", "endOfPass", "inTurns", "ordered"]

T = TypeVar("T")

#: Seconds after which others have their turn. A thousand proxies that come or go take a hundred times as long.
TURN = 0.002

#: Seconds between two pieces of work that are certainly not of one turn, or so little that it does not matter.
APART = 0.0005


def endOfPass(reactor: object) -> Callable[[Callable[[], object]], None] | None:
    """@return: L{IPasses.endOfPass<frp.interfaces.IPasses>} of a reactor that has it, else None."""
    passes = IPasses(reactor, None)
    return passes.endOfPass if passes else None


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

    @return: fires when it was done for the last one, or fails with what was raised; nothing more is done once it is
        cancelled.
    """
    work = _Work(clock, act, things)
    done = work.done
    work.some()
    return done


class _Work(Generic[T]):
    """
    What L{inTurns} does. No closure that names itself: what has been made must not wait for the collector, which would
    look at all of it, and at the lists that it was made from, in one go.
    """

    __slots__ = ("_act", "_clock", "_later", "_left", "done")

    def __init__(self, clock: IReactorTime, act: Callable[[T], object], things: Iterable[T]) -> None:
        self._clock = clock
        self._act = act
        self._left = iter(things)
        self._later: IDelayedCall | None = None
        self.done = Deferred[None](self._stop)

    def some(self) -> None:
        turn, act = Turn(self._clock), self._act
        try:
            for thing in self._left:
                act(thing)
                if turn.over:
                    self._later = self._clock.callLater(0, self.some)
                    return
        except Exception:
            self._end().errback(Failure())
        else:
            self._end().callback(None)

    def _end(self) -> Deferred[None]:
        """Forget whoever knows this."""
        done = self.done
        self._later = None
        self.done = Deferred()
        return done

    def _stop(self, _: object) -> None:
        if self._later is not None:
            self._later.cancel()
        self._end()


async def chosen(clock: IReactorTime, passes: Callable[[T], bool], things: Iterable[T]) -> list[T]:
    """@return: those that pass, looked at in turns."""
    found: list[T] = []

    def look(thing: T) -> None:
        if passes(thing):
            found.append(thing)

    await inTurns(clock, look, things)
    return found


async def ordered(
    clock: IReactorTime, key: Callable[[T], Any], things: Sequence[T], *, reverse: bool = False
) -> list[T]:
    """@return: by their keys, which are asked for in turns; those with equal ones stay as they were to each other."""
    keys: list[Any] = []
    await inTurns(clock, lambda thing: keys.append(key(thing)), things)
    return [things[place] for place in sorted(range(len(things)), key=keys.__getitem__, reverse=reverse)]
