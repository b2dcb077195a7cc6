"""
Connections to an HTTP service that may send only so much for each request.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS
from zope.interface import implementer

__all__ = ["LARGEST", "Bounded"]

LARGEST = 1 << 20
"""Bytes of the body of an answer, for whoever reads it."""

_HEAD = 1 << 16
"""Bytes besides: Twisted's HTTP client would read a head for ever."""


class _Counted(ProtocolWrapper):
    """Counts what has come since the last request."""

    _received = 0

    def write(self, data: bytes) -> None:
        self._received = 0
        transport: Any = self.transport
        transport.write(data)

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def dataReceived(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > LARGEST + _HEAD:
            self.abortConnection()
        else:
            self.wrappedProtocol.dataReceived(data)


class _Counting(WrappingFactory):
    noisy = False
    protocol = _Counted

    def __init__(self, factory: IProtocolFactory) -> None:
        inherited: Any = super()
        inherited.__init__(factory)


@implementer(IStreamClientEndpoint)
class _Endpoint:
    def __init__(self, inner: IStreamClientEndpoint) -> None:
        self._inner = inner

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """As L{IStreamClientEndpoint.connect<twisted.internet.interfaces.IStreamClientEndpoint.connect>}."""
        connecting: Any = self._inner.connect(_Counting(protocolFactory))
        connected: Deferred[IProtocol] = connecting.addCallback(lambda counted: counted.wrappedProtocol)
        return connected


@implementer(IAgentEndpointFactory)
class Bounded:
    """Makes them."""

    def __init__(self, reactor: Any, policy: IPolicyForHTTPS, timeout: float) -> None:
        """@param timeout: seconds for a connection."""
        self._reactor = reactor
        self._policy = policy
        self._timeout = timeout

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """As L{IAgentEndpointFactory.endpointForURI<twisted.web.iweb.IAgentEndpointFactory.endpointForURI>}."""
        endpoint: Any = HostnameEndpoint(self._reactor, uri.host, uri.port, self._timeout)
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), endpoint)
        return _Endpoint(endpoint)
