"""The sessions of a client, and the users who wait for one."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from frp.client.remote import Remote
from frp.client.session import ClientSession
from frp.errors import Unavailable

__all__ = ["MAX_WAITING", "Sessions"]

#: Seconds that a user waits for a session.
PATIENCE = 10

#: How many users may wait.
MAX_WAITING = 1024


class Sessions:
    """The sessions that there are, with one server or with several, and the users who wait for one."""

    def __init__(self, clock: IReactorTime, remotes: Iterable[Remote]) -> None:
        """@param remotes: the servers, the best first."""
        self._clock = clock
        self._remotes = tuple(remotes)
        self._users: dict[Deferred[ClientSession], IDelayedCall] = {}
        self._stopped = False

    @property
    def every(self) -> list[ClientSession]:
        """All of them, the best server's first."""
        return [one.session for one in self._remotes if one.session is not None]

    @property
    def current(self) -> ClientSession | None:
        """The first of them, or None."""
        return next(iter(self.every), None)

    def start(self) -> None:
        self._stopped = False

    def next(self) -> Deferred[ClientSession]:
        """@return: the session, or the next one; fails with L{Unavailable} when that takes too long."""
        session = self.current
        if session is not None:
            return succeed(session)
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

    def serve(self) -> None:
        """Give the session to those who wait for it."""
        for waiting in list(self._users):
            session = self.current
            if session is None:
                return
            self._forget(waiting)
            waiting.callback(session)

    def stop(self) -> None:
        """The client stops: there will be no other session."""
        self._stopped = True
        for waiting in list(self._users):
            self._forget(waiting)
            waiting.errback(Unavailable("the client stops"))
