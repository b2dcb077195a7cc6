"""A connection that is being served: what a service that stops may wait for, and what stands in its log at the end."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.interfaces import IStream
from frp.interfaces.ending import Ending
from frp.interfaces.flowing import Flowing
from frp.joining.traffic import Counts, Traffic
from frp.logs import DEBUG, Log
from frp.wire.address import hostPort

__all__ = ["Served", "ServedLocally"]


class Served(Ending):
    """A user's connection. Where nobody wants to read of it, nothing is counted for the log."""

    __slots__ = ("_began", "_clock", "_flowing", "_log", "_peer", "_traffic", "_user", "counts")

    early = True

    _line = "user connection [{peer}] ended: {mood}, {seconds:.3f} s, {sent} bytes in, {received} bytes out"

    def __init__(
        self,
        user: IStream,
        clock: IReactorTime,
        log: Log,
        flowing: Flowing | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """
        @param flowing: knows of the user from here, until it is over.
        @param traffic: of the proxy or the visitor, where somebody looks at it.
        """
        self._user = user
        self._clock = clock
        self._log = log
        self._flowing = flowing
        self._began: float | None = None
        self._traffic = traffic
        self.counts = log.enabled(DEBUG)
        if self.counts:
            self._began = clock.seconds()
            self._peer = hostPort(user.getPeer())
        if flowing is not None:
            flowing.began(user)
        if traffic is not None:
            self.counts = True
            traffic.began(self)

    def moved(self, flowing: Flowing) -> None:
        """Another one knows of the user from here; the one before is its whole."""
        self._flowing = flowing
        flowing.began(self._user)

    def counting(self, counts: Counts) -> None:
        if self._traffic is not None:
            self._traffic.follow(self, counts)

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self.ended(mood, sent, received)

    def ended(self, mood: str, sent: int = 0, received: int = 0) -> None:
        """Put it away, and say how it went."""
        if self._flowing is not None:
            self._flowing.ended(self._user)
        traffic, self._traffic = self._traffic, None
        if traffic is not None:
            traffic.ended(self, sent, received)
        began, self._began = self._began, None
        if began is not None:
            seconds = self._clock.seconds() - began
            self._log.debug(self._line, peer=self._peer, mood=mood, seconds=seconds, sent=sent, received=received)


class ServedLocally(Served):
    """The same on the side of the service, where the peer brings what comes from the user."""

    __slots__ = ()

    _line = "work connection ended: {mood}, {seconds:.3f} s, {received} bytes in, {sent} bytes out"
