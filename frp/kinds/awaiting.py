"""
What others answer, at once or later: a plain value, a coroutine, a Deferred, a future of asyncio, or anything else that
can be awaited.
"""

from __future__ import annotations

from asyncio import isfuture
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast, overload

from twisted.internet.defer import Deferred, fail, succeed

__all__ = ["asked", "later"]

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
    if not isinstance(answer, Awaitable):
        return None
    if isfuture(answer):  # to txaio it is a plain value
        return Deferred.fromFuture(answer)
    # Imported here, for it takes 7 ms, and none of our own kinds comes this way. Not through txaio.use_twisted, for
    # the program that exposes something may have chosen asyncio for all of itself.
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
