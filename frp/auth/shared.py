"""One answer for all who ask at the same time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp.errors import Unavailable

__all__ = ["Shared"]

T = TypeVar("T")


class Shared(Generic[T]):
    """
    Makes something when it is asked for. Who asks while it is being made waits for that; when nobody waits any more,
    the making is cancelled.
    """

    def __init__(self, make: Callable[[], Coroutine[Deferred[Any], Any, T]]) -> None:
        self._make = make
        self._making: Deferred[Any] | None = None
        self._waiting: list[Deferred[T]] = []
        self._closed = False

    def get(self) -> Deferred[T]:
        """@return: fires, or fails, with what comes of it."""
        waiting: Deferred[T] = Deferred(self._left)
        if self._closed:
            waiting.errback(_stopped())
            return waiting
        self._waiting.append(waiting)
        if self._making is None:
            self._making = Deferred.fromCoroutine(self._make())
            self._making.addBoth(self._made)
        return waiting

    def _made(self, outcome: T | Failure) -> None:
        self._making = None
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if isinstance(outcome, Failure):
                one.errback(outcome)
            else:
                one.callback(outcome)

    def _left(self, waiting: Deferred[T]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)
        if not self._waiting and self._making is not None:
            self._making.cancel()

    def close(self) -> None:
        """Whoever waits, or asks later, gets L{Unavailable}."""
        self._closed = True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.errback(_stopped())
        if self._making is not None:
            self._making.cancel()


def _stopped() -> Unavailable:
    return Unavailable("the program stops")
