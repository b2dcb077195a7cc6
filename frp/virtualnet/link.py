"""One connection over which packets come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.logs import Log
from frp.wire.ip.framing import PacketReader, framed

__all__ = ["Link", "Net"]


class Net(Protocol):
    """What links belong to."""

    log: Log

    def opened(self, link: Link) -> None:
        """It is connected."""

    def closed(self, link: Link) -> None:
        """It has ended, or is about to. It may have said so before."""

    def roomChanged(self) -> None:
        """A link takes packets again, or no more."""

    def arrived(self, link: Link, packets: list[bytes]) -> None:
        """Packets of a peer."""


@implementer(IPushProducer)
class Link(TwistedProtocol):
    """
    @ivar address: to which it leads, packed; empty where that is learned from the packets that come.
    @ivar full: whether it takes no packets now.
    @ivar suspected: whether somebody was told that the packets of another link come from the same address.
    """

    transport: IStream

    def __init__(self, net: Net, over: Callable[[Link], object], address: bytes) -> None:
        """@param over: called when the connection has ended, but not by L{close}."""
        self.address = address
        self.full = True
        self.suspected = False
        self._net = net
        self._over = over
        self._reader = PacketReader()
        self._closed = False

    def connectionMade(self) -> None:
        self.full = False
        self.transport.registerProducer(self, True)
        self._net.opened(self)

    def dataReceived(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            packets = self._reader.receive(data)
        except RemoteWireError as error:
            self._net.log.warn("a connection of the virtual network is closed: {reason}", reason=error.detail)
            self.transport.abortConnection()
            return
        if packets:
            self._net.arrived(self, packets)

    def send(self, packets: list[bytes]) -> None:
        self.transport.write(framed(packets))

    def close(self) -> None:
        """Let go of the connection."""
        if self._closed or self.transport is None:
            return
        self._closed = True
        self._net.closed(self)
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    # What the stream says

    def pauseProducing(self) -> None:
        self.full = True
        self._net.roomChanged()

    def resumeProducing(self) -> None:
        self.full = False
        self._net.roomChanged()

    def stopProducing(self) -> None:
        self.full = True

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        closed, self._closed = self._closed, True
        self._net.closed(self)
        if not closed:
            self._over(self)
