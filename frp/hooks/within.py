"""A deadline for what somebody else does."""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

__all__ = ["within"]

T = TypeVar("T")


def within(deferred: Deferred[T], seconds: float, clock: IReactorTime) -> Deferred[T]:
    """
    Wait for so long, and then go on without it. C{Deferred.addTimeout} would wait for what it has cancelled, and a
    coroutine that tries again after every error never ends.

    @return: fires with what comes of it, or fails with L{TimeoutError<twisted.internet.defer.TimeoutError>}. It is
        cancelled then, and when this is cancelled; what comes of it later is dropped.
    """

    def over() -> None:
        outcome.errback(TimeoutError(f"nothing came within {seconds:g} s"))
        deferred.cancel()

    def came(result: T | Failure) -> None:
        if not outcome.called:
            outcome.callback(result)

    def stopped(result: T) -> T:
        if timer.active():
            timer.cancel()
        return result

    outcome: Deferred[T] = Deferred(lambda _: deferred.cancel())
    timer = clock.callLater(seconds, over)
    outcome.addBoth(stopped)
    deferred.addBoth(came)
    return outcome
