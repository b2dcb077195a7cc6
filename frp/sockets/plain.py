"""
Streams out of the transports of Twisted that are not ours: those of a reactor that L{eager<frp.sockets.eager.eager>}
has not made eager, Unix sockets, Twisted's own TLS, and whatever endpoints of other packages connect.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IProtocol,
    IProtocolFactory,
    ITCPTransport,
    ITransport,
    IUNIXTransport,
)
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IStream
from frp.joining.halfclose import passReadEnd, passWriteEnd
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["PROBE", "Entrance", "PlainStream", "probe", "setKeepalive", "streamOf"]

#: Seconds of silence before a connection is probed of which nobody says otherwise, and between two probes, at most; as
#: in Go. Nine that are not answered end it.
PROBE = 15


def streamOf(transport: Any) -> IStream:
    """
    @param transport: a connected one that may be used as it is: a stream, or a socket of the system's. What wraps
        others has its protocol inside itself, and comes through an L{Entrance}.
    @return: the transport itself, where it is a stream; else one that is made of it, and has its protocol.
    """
    if IStream.providedBy(transport):
        stream: IStream = transport
        return stream
    made = PlainStream(transport.protocol)
    made.use(transport)
    return made


@implementer(IProtocolFactory)
class Entrance:
    """
    Takes the place of a factory where transports come in that may not be streams: its protocols are given streams. In
    all else it is the factory.
    """

    def __init__(self, factory: IProtocolFactory) -> None:
        self._factory = factory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def buildProtocol(self, addr: IAddress) -> PlainStream | None:
        """@return: what has the factory's protocol as its C{first}; None where there is none."""
        first = self._factory.buildProtocol(addr)
        return PlainStream(first) if first is not None else None


@implementer(IStream, IProtocol, IHalfCloseableProtocol)
class PlainStream(Unmultiplexed):
    """
    A stream that is made of another transport.

    A socket of the system's is given the protocol, so that nothing is in the way of the bytes, but while something is
    put back. Other transports, such as Twisted's TLS, have their protocol inside themselves: there this stays in
    between, so that C{protocol} may be replaced.

    @ivar first: the protocol that it was made for.
    """

    def __init__(self, protocol: IProtocol) -> None:
        self.first = protocol
        self._protocol = protocol
        self._direct = False  # the transport's protocol is ours
        self._ending = self._gone = False

    def use(self, transport: Any) -> None:
        self.transport: Any = transport
        # Wrappers say that they provide what they wrap.
        wraps = isinstance(transport, ProtocolWrapper)
        self._direct = not wraps and (ITCPTransport.providedBy(transport) or IUNIXTransport.providedBy(transport))
        self.write = transport.write
        self.writeSequence = transport.writeSequence
        self.registerProducer = transport.registerProducer
        self.unregisterProducer = transport.unregisterProducer
        self.protocol = self._protocol

    @property
    def protocol(self) -> IProtocol:
        """What receives."""
        return self._protocol

    @protocol.setter
    def protocol(self, protocol: IProtocol) -> None:
        self._protocol = protocol
        if self._direct:
            self.transport.protocol = self if self._unread else protocol

    # The protocol of the transport

    def makeConnection(self, transport: ITransport) -> None:
        if IStream.providedBy(transport) and not isinstance(transport, ProtocolWrapper):
            transport.protocol = self.first
            self.first.makeConnection(transport)
        else:
            self.use(transport)
            self.first.makeConnection(self)

    def connectionMade(self) -> None:
        """Nothing: L{makeConnection} does it all."""

    def dataReceived(self, data: bytes) -> None:
        self._protocol.dataReceived(data)

    def readConnectionLost(self) -> None:
        passReadEnd(self._protocol, self)

    def writeConnectionLost(self) -> None:
        passWriteEnd(self._protocol)

    def connectionLost(self, reason: Failure) -> None:
        self._gone = True
        if self._unread:
            self._putBack()
        self._protocol.connectionLost(reason)

    # The transport of the protocol

    @property
    def closed(self) -> bool:
        return self._ending or self._gone or (self._direct and not self.transport.connected)

    def unread(self, data: bytes) -> None:
        super().unread(data)
        self.protocol = self._protocol

    def pauseProducing(self) -> None:
        self._paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            self._putBack()
            self.protocol = self._protocol
        if not self._paused:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        self.loseConnection()

    def loseConnection(self) -> None:
        self._ending = True
        if not self._gone:
            self.transport.loseConnection()

    def loseWriteConnection(self) -> None:
        """Twisted's TLS cannot end one direction, and what is between the two would: so both end."""
        if self._direct:
            self.transport.loseWriteConnection()
        else:
            self.loseConnection()

    def abortConnection(self) -> None:
        self._ending = True
        if not self._gone:
            abort: Callable[[], object] = getattr(self.transport, "abortConnection", self.transport.loseConnection)
            abort()

    def keepAlive(self, seconds: int) -> None:
        # Those of Unix sockets say that they are TCP's, too.
        if self._direct and not IUNIXTransport.providedBy(self.transport):
            setKeepalive(self.transport, seconds)

    def getPeer(self) -> IPv4Address | IPv6Address:
        peer: IPv4Address | IPv6Address = self.transport.getPeer()
        return peer

    def getHost(self) -> IPv4Address | IPv6Address:
        host: IPv4Address | IPv6Address = self.transport.getHost()
        return host


def setKeepalive(transport: Any, seconds: int) -> None:
    """
    Ask the system to probe a silent TCP connection, where the transport has a socket.

    @param seconds: of silence before the first probe; negative turns them off, as in the C{transport} tables.
    """
    getHandle = getattr(transport, "getHandle", None)
    if getHandle is None:
        return
    probe(getHandle(), seconds)


def probe(connection: socket.socket, seconds: int) -> None:
    """The same for a socket. Those that a listening one accepts have it from that, on Linux."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, seconds >= 0)
    if seconds > 0:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, min(seconds, 32767))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, min(seconds, PROBE))
