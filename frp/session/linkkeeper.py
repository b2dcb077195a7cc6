"""Streams for a link, one after another, on the end that asks for them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.session.datagrams import DatagramLink, Losses
from frp.session.deadline import Later
from frp.wire.dialect import Dialect, Packet

__all__ = ["LinkKeeper"]

#: Seconds of silence after which a stream is given up. frpc sends a Ping every 30 s. This end never does, for there it
#: would be taken for a datagram.
SILENT = 60

#: Seconds until another stream is asked for, after there was none, or one that did not live as long.
RETRY = 1


class LinkKeeper:
    """
    Asks for a stream when the one before has ended or is silent, at once, or soon where none lives.

    @ivar link: what the streams are for.
    @ivar stopped: whether no stream is wanted any more.
    """

    def __init__(
        self,
        dialect: Dialect,
        clock: IReactorTime,
        losses: Losses,
        received: Callable[[list[Packet]], object],
        fetch: Callable[[], Deferred[None] | Deferred[IProtocol]],
        lost: Callable[[str], object],
        failed: Callable[[Failure], object],
        *,
        eager: bool,
    ) -> None:
        """
        @param received: as for L{DatagramLink}.
        @param fetch: gets a stream, and gives it L{protocol}, if this has not been L{stopped} in the meantime.
        @param lost: told why a stream has ended.
        @param failed: told why there was none; another one is asked for soon.
        @param eager: whether a stream is wanted also while no datagram waits for one.
        """
        self.link = DatagramLink(dialect, clock, losses, received, self._lost)
        self.stopped = False
        self._clock = clock
        self._fetch = fetch
        self._tellLost = lost
        self._tellFailed = failed
        self._eager = eager
        self._fetching = False
        self._timer = Later(clock)  # of the silence, or of the pause before the next attempt
        self._startedAt = 0.0

    def protocol(self) -> Protocol:
        """@return: for a new stream."""
        self._startedAt = self._clock.seconds()
        self._timer.set(SILENT, self._look)
        return self.link.protocol()

    def send(self, packets: list[Packet]) -> None:
        """Pass on datagrams; they may wait for a stream, which is asked for."""
        self.link.send(packets)
        # While the timer of a pause runs, that one asks.
        if not self.link.connected and not self._timer.waiting:
            self._want()

    def start(self, seconds: float) -> None:
        """Ask for the first stream, after so long."""
        self._timer.set(seconds, self._want)

    def stop(self) -> None:
        """Let go of the stream, and want no other. Final."""
        self.stopped = True
        self._timer.stop()
        self.link.close()

    def _want(self) -> None:
        if not self._fetching and (self._eager or self.link.waiting):
            self._fetching = True
            self._fetch().addCallbacks(self._fetched, self._notFetched)

    def _fetched(self, _: object) -> None:
        self._fetching = False

    def _notFetched(self, failure: Failure) -> None:
        self._fetching = False
        if not self.stopped:
            self._tellFailed(failure)
            self._timer.set(RETRY, self._want)

    def _look(self) -> None:
        silent = self._clock.seconds() - self.link.heardAt
        if silent < SILENT:
            self._timer.set(SILENT - silent, self._look)
        else:
            self.link.close()
            self._lost(f"nothing came for {SILENT} s, not even a ping")

    def _lost(self, why: str) -> None:
        self._tellLost(why)
        # A peer that drops us at once may go on with it.
        lived = self._clock.seconds() - self._startedAt
        self._timer.set(0 if lived >= RETRY else RETRY, self._want)
