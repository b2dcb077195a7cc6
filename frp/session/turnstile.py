"""Work for which no user waits, one piece after the other: a crowd that comes at once is in nobody's way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.interfaces import IPlace, ITurnstile
from frp.session.deadline import Later

__all__ = ["OUTSIDE", "SHARE", "Place", "Turnstile"]

T = TypeVar("T")

#: Seconds of each pass of the reactor. With less the two ends of a thousand connections wake each other up more often
#: than they work.
SHARE = 0.006


@implementer(IPlace)
class Place:
    """Where a piece of work stands until its turn has come."""

    __slots__ = ("_act",)

    def __init__(self, act: Callable[[], object] | None) -> None:
        self._act = act

    @property
    def waiting(self) -> bool:
        return self._act is not None

    def leave(self) -> None:
        self._act = None

    def _begin(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            act()


#: Of whoever has not come yet.
OUTSIDE = Place(None)


@implementer(ITurnstile)
class Turnstile:
    """
    Lets pieces of work in, first come, first served: in one pass of the reactor L{SHARE}
    seconds of them and the rest of the last one, whoever they are for. A piece that meets nobody is done at once; one
    of the patient is done when nobody else waits. What comes within a piece is done with it, as long as that is not too
    much: the proxies of a client are answered in one write.

    A piece is a millisecond or two: the answer to one handshake, one login, one proxy.
    """

    __slots__ = ("_began", "_clock", "_later", "_patient", "_places", "_spent")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._places: deque[Place] = deque()
        self._patient: deque[Place] = deque()
        self._later = Later(clock)  # the pass after this one
        self._spent = 0.0  # seconds, since a pass was known to have ended
        self._began: float | None = None  # the piece that is being done

    @property
    def busy(self) -> bool:
        """Whether whoever comes now has to wait; within a piece: whether it is time for others."""
        if self._began is None:
            return bool(self._places or self._patient or self._later.waiting)
        return self._clock.seconds() - self._began > SHARE

    def enter(self, act: Callable[[], object]) -> Place:
        return self._come(act, self._places)

    def _come(self, act: Callable[[], object], places: deque[Place]) -> Place:
        place = Place(act)
        if self.busy:
            places.append(place)
            self._wait()
        else:
            self._serve(place)
        return place

    def call(self, act: Callable[[], Deferred[T]], *, patient: bool = False) -> Deferred[T]:
        """
        L{enter} for what has an outcome, which may take longer: only its beginning counts.

        @param patient: whether nobody counts the seconds until it is begun.
        @return: fires with the outcome; cancelled, it is not begun, or cancels what was.
        """
        begun: Deferred[T] | None = None

        def begin() -> None:
            nonlocal begun
            begun = act()
            begun.chainDeferred(outcome)

        def cancel(_: Deferred[T]) -> None:
            place.leave()
            if begun is not None:
                begun.cancel()

        outcome: Deferred[T] = Deferred(cancel)
        place = self._come(begin, self._patient if patient else self._places)
        return outcome

    def _serve(self, place: Place) -> None:
        if self._began is not None:  # within another piece
            place._begin()
            return
        self._began = self._clock.seconds()
        try:
            place._begin()
        finally:
            self._spent += self._clock.seconds() - self._began
            self._began = None
            if self._spent > SHARE:
                self._wait()

    def _wait(self) -> None:
        if not self._later.waiting:
            self._later.set(0, self._passed)

    def _passed(self) -> None:
        """Others have had their turn."""
        self._spent = 0.0
        try:
            while places := self._places or self._patient:
                self._serve(places.popleft())
                if self._spent > SHARE:
                    return
        finally:
            if self._places or self._patient:
                self._wait()
