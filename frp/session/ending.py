"""Ending sessions in order."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.interfaces import IReactorTime

from frp.interfaces import ISession
from frp.session.deadline import Later

__all__ = ["FLUSH", "closeAll"]

#: Seconds in which a session that is closed has to be flushed; a peer that is gone never takes the rest.
FLUSH = 1


def closeAll(sessions: Iterable[ISession], clock: IReactorTime) -> Deferred[None]:
    """
    Close sessions; abort those that do not end by it.

    @return: fires when all have ended.
    """
    closing = list(sessions)
    ends = [_end(session) for session in closing]
    for session in closing:
        session.close()
    if all(end.called for end in ends):
        return succeed(None)

    def abort() -> None:
        for session in closing:
            session.abort()

    timer = Later(clock)
    timer.set(FLUSH, abort)
    return DeferredList(ends).addCallback(lambda _: timer.stop())


def _end(session: ISession) -> Deferred[None]:
    """@return: fires when the session is lost; the session's own Deferred goes on as if nobody had asked."""
    end: Deferred[None] = Deferred()

    def lost(error: BaseException) -> BaseException:
        end.callback(None)
        return error

    session.lost.addCallback(lost)
    return end
