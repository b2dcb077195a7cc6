"""The session of a client: the current one, or the next."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from frp.client.session import ClientSession
from frp.errors import Unavailable

__all__ = ["MAX_WAITING", "Sessions"]

#: Seconds that a user waits for a session.
PATIENCE = 10

#: How many users may wait.
MAX_WAITING = 1024


class Sessions:
    """
    One session after another, and the users who wait for one.

    @ivar current: the session, or None.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.current: ClientSession | None = None
        self._clock = clock
        self._users: dict[Deferred[ClientSession], IDelayedCall] = {}
        self._stopped = False

    def start(self) -> None:
        self._stopped = False

    def next(self) -> Deferred[ClientSession]:
        """@return: the session, or the next one; fails with L{Unavailable} when that takes too long."""
        if self.current is not None:
            return succeed(self.current)
        if self._stopped:
            return fail(Unavailable("the client stops"))
        if len(self._users) >= MAX_WAITING:
            return fail(Unavailable("too many users wait for the server"))
        waiting: Deferred[ClientSession] = Deferred(self._forget)
        self._users[waiting] = self._clock.callLater(PATIENCE, self._waitedLong, waiting)
        return waiting

    def _forget(self, waiting: Deferred[ClientSession]) -> None:
        timer = self._users.pop(waiting)
        if timer.active():
            timer.cancel()

    def _waitedLong(self, waiting: Deferred[ClientSession]) -> None:
        self._forget(waiting)
        waiting.errback(Unavailable("not connected to the server", f"no session with the server for {PATIENCE} s"))

    def entered(self, session: ClientSession) -> None:
        """There is a session. It may be over already."""
        self.current = session
        session.lost.addCallback(self._left, session)

    def _left(self, error: BaseException, session: ClientSession) -> BaseException:
        if self.current is session:
            self.current = None
        return error

    def serve(self) -> None:
        """Give the session to those who wait for it."""
        for waiting in list(self._users):
            if self.current is None:
                return
            self._forget(waiting)
            waiting.callback(self.current)

    def stop(self) -> None:
        """The client stops: there will be no other session."""
        self._stopped = True
        for waiting in list(self._users):
            self._forget(waiting)
            waiting.errback(Unavailable("the client stops"))
