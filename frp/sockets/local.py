"""Local services by host and port."""

from __future__ import annotations

from typing import Any, NoReturn

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IConnector, IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalServiceDown
from frp.interfaces import IReactor, IStream
from frp.sockets.addresses import dialFault, endpointFor, isLiteral
from frp.wire.address import authority

__all__ = ["DIAL_TIMEOUT", "LocalEndpoint"]

#: Seconds for the connection to a local service.
DIAL_TIMEOUT = 10


@implementer(IStreamClientEndpoint)
@attrs.frozen
class LocalEndpoint:
    """
    A local service. Its connections have no wrapper around their protocol, as those of Twisted's endpoints do: there is
    one for every user.
    """

    reactor: IReactor
    host: str
    port: int
    timeout: float = DIAL_TIMEOUT

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        if isLiteral(self.host):
            dialling = _Dialling(factory)
            dialling.connector = self.reactor.connectTCP(self.host, self.port, dialling, self.timeout)
            made = dialling.made
        else:
            made = endpointFor(self.reactor, self.host, self.port, self.timeout).connect(factory)
        return made.addErrback(self._down)

    def _down(self, failure: Failure) -> NoReturn:
        why = dialFault(authority(self.host, self.port), failure)
        raise LocalServiceDown("the local service does not answer", why) from failure.value


class _Dialling(ClientFactory):
    """One attempt."""

    noisy = False
    connector: IConnector

    def __init__(self, factory: IProtocolFactory) -> None:
        self.made: Deferred[IProtocol] = Deferred(lambda _: self.connector.stopConnecting())
        self._factory = factory

    def buildProtocol(self, addr: IAddress | None) -> Any:
        assert addr is not None, "a connector knows where it is going"
        protocol = self._factory.buildProtocol(addr)
        assert protocol is not None, "whoever dials answers"
        return _Connected(protocol, self.made)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        self.made.errback(reason)


@attrs.define
class _Connected:
    """Steps aside as soon as the connection is made."""

    protocol: IProtocol
    made: Deferred[IProtocol]

    def makeConnection(self, transport: IStream) -> None:
        transport.protocol = self.protocol
        self.protocol.makeConnection(transport)
        self.made.callback(self.protocol)
