"""
Local services that are given as endpoint strings: C{unix:/run/app.sock}, C{tls:db.example.com:5432}, and whatever an
installed package of Twisted's world adds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
    ITCPTransport,
    IUNIXTransport,
)
from twisted.internet.protocol import Factory
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalServiceDown
from frp.interfaces import IStream
from frp.joining.halfclose import passReadEnd, passWriteEnd
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["DescribedEndpoint", "described"]


def described(reactor: Any, description: str) -> IStreamClientEndpoint:
    """
    @param description: as for L{clientFromString<twisted.internet.endpoints.clientFromString>}.
    @raise LocalServiceDown: it means nothing.
    """
    try:
        endpoint = clientFromString(reactor, description)
    except Exception as error:
        # Parsers are plugins, and raise what they like.
        raise LocalServiceDown(
            f"{description!r} is no endpoint", f"{description!r} is no endpoint: {type(error).__name__}: {error}"
        ) from error
    return DescribedEndpoint(endpoint, description)


@implementer(IStreamClientEndpoint)
@attrs.frozen
class DescribedEndpoint:
    """
    An endpoint whose transports are L{IStream<frp.interfaces.IStream>}s.
    """

    endpoint: IStreamClientEndpoint
    description: str

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """As L{IStreamClientEndpoint.connect<twisted.internet.interfaces.IStreamClientEndpoint.connect>}."""
        made: Deferred[Any] = self.endpoint.connect(_Bridging(factory))
        return made.addCallbacks(lambda bridge: bridge.answering, self._down)

    def _down(self, failure: Failure) -> None:
        raise LocalServiceDown(
            "the local service does not answer", f"dial {self.description}: {failure.getErrorMessage()}"
        ) from failure.value


def _isSystems(transport: Any) -> bool:
    """Whether it is a socket's, whose protocol may be replaced. Wrappers say that they provide what they wrap."""
    if isinstance(transport, ProtocolWrapper):
        return False
    return bool(ITCPTransport.providedBy(transport) or IUNIXTransport.providedBy(transport))


class _Bridging(Factory):
    noisy = False

    def __init__(self, factory: IProtocolFactory) -> None:
        self._factory = factory

    def buildProtocol(self, addr: IAddress | None) -> Any:
        assert addr is not None, "an endpoint knows where it is going"
        return _Bridge(self._factory.buildProtocol(addr))


@implementer(IStream, IProtocol, IHalfCloseableProtocol)
class _Bridge(Unmultiplexed):
    """
    What an endpoint connects. Where its transport is the system's, this steps aside at once. Elsewhere, above TLS for
    one, a transport has its protocol inside itself: there this stays in between, so that C{protocol} may be replaced.

    @ivar answering: the protocol that was asked for.
    @ivar protocol: what receives now.
    """

    def __init__(self, protocol: Any) -> None:
        self.answering = self.protocol = protocol
        self._gone = False
        self._unread = b""
        self._paused = False

    def makeConnection(self, transport: Any) -> None:
        self.transport = transport
        if _isSystems(transport):
            transport.protocol = self.protocol
            self.protocol.makeConnection(transport)
        else:
            self.protocol.makeConnection(self)

    def connectionMade(self) -> None:
        """Nothing: L{makeConnection} does it all."""

    def dataReceived(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def readConnectionLost(self) -> None:
        passReadEnd(self.protocol, self)

    def writeConnectionLost(self) -> None:
        passWriteEnd(self.protocol)

    def connectionLost(self, reason: Failure) -> None:
        self._gone = True
        self.protocol.connectionLost(reason)

    @property
    def closed(self) -> bool:
        """Whether it is over, or being closed."""
        return self._gone or self.disconnecting

    @property
    def disconnecting(self) -> bool:
        """Whether it is being closed."""
        return bool(self.transport.disconnecting)

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def writeSequence(self, pieces: Any) -> None:
        self.transport.writeSequence(pieces)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self.transport.unregisterProducer()

    def pauseProducing(self) -> None:
        self._paused = True
        self.transport.pauseProducing()

    def unread(self, data: bytes) -> None:
        self.pauseProducing()
        self._unread = data + self._unread

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            data, self._unread = self._unread, b""
            self.protocol.dataReceived(data)
            if self._paused:
                return
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        self.transport.stopProducing()

    def loseWriteConnection(self) -> None:
        """Twisted's TLS cannot end one direction, and what is between the two would: so both end."""
        self.transport.loseConnection()

    def loseConnection(self) -> None:
        self.transport.loseConnection()

    def abortConnection(self) -> None:
        abort: Callable[[], object] = getattr(self.transport, "abortConnection", self.transport.loseConnection)
        abort()

    def getPeer(self) -> Any:
        return self.transport.getPeer()

    def getHost(self) -> Any:
        return self.transport.getHost()
