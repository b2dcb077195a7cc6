"""
What others answer, at once or later: a plain value, a coroutine, a Deferred, a future of asyncio, or anything else that
can be awaited. And how long one waits for it.
"""

from __future__ import annotations

from asyncio import isfuture
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import ParamSpec, TypeVar, cast, overload

from twisted.internet.defer import CancelledError, Deferred, TimeoutError, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

__all__ = ["Abandoned", "asked", "later", "within"]

P = ParamSpec("P")
T = TypeVar("T")


def later(answer: T | Awaitable[T]) -> Deferred[T] | None:
    """
    @return: fires with what an answer comes to; None for one that is there already. A future of asyncio has to belong
        to the loop on which the reactor runs.
    """
    if answer is None:
        return None
    if isinstance(answer, Deferred):
        return answer
    if isinstance(answer, CoroutineType):
        return Deferred.fromCoroutine(answer)
    if not isinstance(answer, Awaitable):
        return None
    if isfuture(answer):  # to txaio it is a plain value
        return Deferred.fromFuture(answer)
    # Imported here, for it takes 7 ms, and none of our own kinds comes so far. Not through txaio.use_twisted, for the
    # program that exposes something may have chosen asyncio for all of itself.
    from txaio import tx

    waiting: Callable[..., Deferred[T]] = tx.as_future
    return waiting(_wait, answer)


async def _wait(answer: Awaitable[T]) -> T:
    return await answer


@overload
def asked(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]: ...
@overload
def asked(call: Callable[P, Awaitable[T] | None], *args: P.args, **kwargs: P.kwargs) -> Deferred[T | None]: ...
@overload
def asked(call: Callable[P, T | Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]: ...
def asked(call: Callable[P, T | Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
    """
    Ask somebody else.

    @return: fires with the answer, or with what is raised instead of one.
    """

    try:
        given = call(*args, **kwargs)
        coming = later(given)
    except Exception:
        return fail()
    return coming if coming is not None else succeed(cast(T, given))


class Abandoned(CancelledError):
    """Nobody waits any more for what was asked L{within} some time."""


def within(deferred: Deferred[T], seconds: float, clock: IReactorTime) -> Deferred[T]:
    """
    Wait for so long, and then go on without it. C{Deferred.addTimeout} would wait for what it has cancelled, and a
    coroutine that tries again after every error never ends.

    @return: fires with what comes of it, or fails with L{TimeoutError<twisted.internet.defer.TimeoutError>}. It is
        cancelled then, and when this is cancelled, which fails with L{Abandoned}; what comes of it later is dropped.
    """

    def end(error: Exception) -> None:
        outcome.errback(error)
        deferred.cancel()

    def came(result: T | Failure) -> None:
        if not outcome.called:
            outcome.callback(result)

    def stopped(result: T) -> T:
        if timer.active():
            timer.cancel()
        return result

    outcome: Deferred[T] = Deferred(lambda _: end(Abandoned()))
    timer = clock.callLater(seconds, lambda: end(TimeoutError(f"nothing came within {seconds:g} s")))
    outcome.addBoth(stopped)
    deferred.addBoth(came)
    return outcome
