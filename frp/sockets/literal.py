"""Dialling an IP address: there is nothing to look up, and no wrapper around the protocol of every user."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IConnector, IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IReactor, IStream
from frp.values import define, frozen

__all__ = ["LiteralEndpoint"]


@implementer(IStreamClientEndpoint)
@frozen
class LiteralEndpoint:
    """
    @ivar timeout: seconds for the connection.
    @ivar local: the address and the port to dial from; the system chooses a port for 0, and both without this.
    """

    reactor: IReactor
    host: str
    port: int
    timeout: float
    local: tuple[str, int] | None = None

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        dialling = _Dialling(factory)
        dialling.connector = self.reactor.connectTCP(self.host, self.port, dialling, self.timeout, self.local)
        return dialling.made


class _Dialling(ClientFactory):
    """One attempt."""

    noisy = False
    connector: IConnector

    def __init__(self, factory: IProtocolFactory) -> None:
        self.made: Deferred[IProtocol] = Deferred(lambda _: self.connector.stopConnecting())
        self._factory = factory

    def buildProtocol(self, addr: IAddress | None) -> Any:
        assert addr is not None, "a connector knows where it is going"
        try:
            protocol = self._factory.buildProtocol(addr)
            assert protocol is not None, "whoever dials answers"
        except Exception:
            self.made.errback()
            return None
        return _Connected(protocol, self.made)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        self.made.errback(reason)


@define
class _Connected:
    """Steps aside as soon as the connection is made."""

    protocol: IProtocol
    made: Deferred[IProtocol]

    def makeConnection(self, transport: IStream) -> None:
        transport.protocol = self.protocol
        self.protocol.makeConnection(transport)
        self.made.callback(self.protocol)
