"""The connections that are being served: what a service that stops may wait for; and what one proxy has carried."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from frp.values import define

__all__ = ["Flowing", "Meter"]


class _User(Protocol):
    def abortConnection(self) -> object: ...


class Flowing:
    """The transports of users that are joined or about to be."""

    def __init__(self, whole: Flowing | None = None) -> None:
        """@param whole: knows of all of these, too, and of others."""
        self._whole = whole
        self._users: dict[_User, None] = {}
        self._waiting: dict[Deferred[None], IDelayedCall] = {}

    def __len__(self) -> int:
        return len(self._users)

    def began(self, user: _User) -> None:
        self._users[user] = None
        if self._whole is not None:
            self._whole.began(user)

    def ended(self, user: _User) -> None:
        """One less; unknown ones do not count."""
        self._users.pop(user, None)
        if self._whole is not None:
            self._whole.ended(user)
        if not self._users:
            for drained in list(self._waiting):
                self._over(drained)

    def cut(self, clock: IReactorTime) -> Deferred[None]:
        """Drop everybody who is still served. Fires when they are gone, or after a second."""
        for user in list(self._users):
            user.abortConnection()
        return self.drain(clock, 1)

    def drain(self, clock: IReactorTime, seconds: float) -> Deferred[None]:
        """Fires when nobody is served, or when the time is over. Others may wait at the same time."""
        if not self._users or seconds <= 0:
            return succeed(None)
        drained: Deferred[None] = Deferred()
        self._waiting[drained] = clock.callLater(seconds, self._over, drained)
        return drained

    def _over(self, drained: Deferred[None]) -> None:
        timer = self._waiting.pop(drained)
        if timer.active():
            timer.cancel()
        drained.callback(None)


@define
class Meter:
    """
    Counts the connections and bytes of one proxy. The bytes of a connection are counted when it closes, as in the
    reference; so a long download shows at its end.

    @ivar current: connections that are open now; @ivar total: all that there were, these included.
    @ivar bytesIn: from users to the service; @ivar bytesOut: from the service to users.
    @ivar dropped: datagrams that could not be passed on.
    @ivar guests: users who have come to other nodes, which count them, and are served by work streams of this one.
    """

    current: int = 0
    total: int = 0
    bytesIn: int = 0
    bytesOut: int = 0
    dropped: int = 0
    guests: int = 0

    def opened(self) -> None:
        """A user was joined with a work stream."""
        self.current += 1
        self.total += 1

    def closed(self, bytesIn: int, bytesOut: int) -> None:
        """One that was L{opened} ended, and had carried this much."""
        self.current -= 1
        self.carried(bytesIn, bytesOut)

    def carried(self, bytesIn: int, bytesOut: int) -> None:
        """So much went by without a connection: datagrams."""
        self.bytesIn += bytesIn
        self.bytesOut += bytesOut
