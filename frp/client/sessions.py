"""The sessions of a client, and the users who wait for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from frp.client.remote import Remote
from frp.client.session import ClientSession
from frp.errors import FRPError, Unavailable

__all__ = ["MAX_WAITING", "Sessions"]

T = TypeVar("T")

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

    def anywhere(self, ask: Callable[[ClientSession], Deferred[T]]) -> Deferred[T]:
        """
        Ask in one session after the other, the best server's first, until it succeeds. None is waited for.

        @return: what was answered; fails with L{FRPError} when nobody is left to be asked, and says all that was said.
        """
        return self._asked(ask, {})

    def _asked(self, ask: Callable[[ClientSession], Deferred[T]], said: dict[ClientSession, FRPError]) -> Deferred[T]:
        session = next((one for one in self.every if one not in said), None)
        if session is None:
            return fail(_together(list(said.values())))
        asked = session

        def refused(failure: Failure) -> Deferred[T]:
            failure.trap(FRPError)
            assert isinstance(failure.value, FRPError), "it was trapped"
            said[asked] = failure.value
            return self._asked(ask, said)

        return ask(session).addErrback(refused)

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


def _together(said: list[FRPError]) -> FRPError:
    """One error for all that servers have said, each thing once, in their order."""
    if not said:
        return Unavailable("not connected to the server")
    if len(said) == 1:
        return said[0]
    briefs, details = dict.fromkeys(one.brief for one in said), dict.fromkeys(one.detail for one in said)
    return Unavailable("; ".join(briefs), "; ".join(details))
