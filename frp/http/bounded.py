"""
Connections of Twisted's HTTP client that take no more than they must, by whatever proxies lead out of this network.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool, ProxyAgent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory, IBodyProducer, IResponse
from zope.interface import implementer

from frp.errors import Unavailable
from frp.interfaces import IReactor
from frp.sockets.addresses import dialFault, endpointFor
from frp.sockets.tlsside import TLSSide, systemContext
from frp.transports.carrier import TLSEndpoint
from frp.transports.outproxy import OutProxy, OutProxyEndpoint
from frp.transports.outward import Way
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["DEADLINE", "LARGEST", "TOO_LARGE", "Bounded"]

#: Seconds for a connection, where nobody says otherwise.
DEADLINE = 10.0

#: Bytes of the body of an answer, for whoever reads it.
LARGEST = 1 << 20

#: Bytes besides: Twisted's HTTP client would read a head for ever.
_HEAD = 1 << 16

TOO_LARGE = f"the answer is larger than {LARGEST} bytes"

#: Connections to one place that are kept, where any are. Users come in crowds: more are made when they are needed.
_KEPT = 8


@implementer(IAgent, IAgentEndpointFactory)
class Bounded:
    """Twisted's HTTP client, over connections that take no more than they must."""

    def __init__(
        self,
        reactor: IReactor,
        way: Way = lambda scheme, host: None,
        side: Callable[[str], TLSSide] = systemContext,
        timeout: float = DEADLINE,
        *,
        keep: bool = False,
    ) -> None:
        """
        @param way: the proxy, if any, for a scheme and a host.
        @param side: what a host is dialled with over TLS, be it a proxy.
        @param timeout: seconds for a connection.
        @param keep: whether connections wait for the next request; those by a proxy do not.
        """
        self._reactor = reactor
        self._way = way
        self._side = side
        self._timeout = timeout
        self._pool = HTTPConnectionPool(reactor, persistent=keep)
        self._pool.maxPersistentPerHost = _KEPT
        self._agent: IAgent = Agent.usingEndpointFactory(reactor, self, self._pool)

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: IBodyProducer | None = None
    ) -> Deferred[IResponse]:
        parts = urlsplit(uri.decode())
        upstream = self._way(parts.scheme, parts.hostname or "")
        if upstream is None or upstream.scheme == "socks5" or parts.scheme == "https":
            return self._agent.request(method, uri, headers, bodyProducer)
        # Many proxies allow CONNECT to port 443 alone.
        headers = Headers() if headers is None else headers.copy()
        if upstream.credentials is not None:
            proof = b64encode(b":".join(upstream.credentials))
            headers.addRawHeader(b"Proxy-Authorization", b"Basic " + proof)
        endpoint = self._reach(upstream.host, upstream.port, upstream.scheme == "https")
        proxied: IAgent = ProxyAgent(endpoint, self._reactor)
        return proxied.request(method, uri, headers, bodyProducer)

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        host = uri.host.decode("ascii").strip("[]")
        return self._reach(host, uri.port, uri.scheme == b"https", self._way(uri.scheme.decode("ascii"), host))

    def _reach(self, host: str, port: int, secure: bool, upstream: OutProxy | None = None) -> IStreamClientEndpoint:
        dialled = (host, port) if upstream is None else (upstream.host, upstream.port)
        endpoint = endpointFor(self._reactor, *dialled, self._timeout)
        if upstream is not None:
            side = self._side(upstream.host) if upstream.scheme == "https" else None
            endpoint = OutProxyEndpoint(endpoint, upstream, host, port, self._reactor, self._timeout, side)
        if secure:
            endpoint = TLSEndpoint(endpoint, self._side(host), self._reactor)
        return _BoundedEndpoint(endpoint, authority(*dialled))

    def close(self) -> Deferred[None]:
        """End the connections that are kept."""
        closing: Deferred[None] = self._pool.closeCachedConnections()
        return closing


@implementer(IStreamClientEndpoint)
@frozen
class _BoundedEndpoint:
    """
    Connections that end when too much comes, be it an endless head.

    @ivar where: what is dialled.
    """

    endpoint: IStreamClientEndpoint
    where: str

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        connecting: Deferred[Any] = self.endpoint.connect(_Counting(protocolFactory))
        return connecting.addCallbacks(lambda counted: counted.wrappedProtocol, self._failed)

    def _failed(self, failure: Failure) -> Failure:
        if failure.check(ConnectError, DNSLookupError) is None:
            return failure
        return Failure(Unavailable(dialFault(self.where, failure)))


class _Counted(ProtocolWrapper):
    """Counts what has come since the last request."""

    wrappedProtocol: IProtocol
    _received = 0

    def write(self, data: bytes) -> None:
        self._received = 0
        assert self.transport is not None
        self.transport.write(data)

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def dataReceived(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > LARGEST + _HEAD:
            self.abortConnection()
        else:
            self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.unregisterProtocol(self)
        if self._received > LARGEST + _HEAD:
            reason = Failure(Unavailable(TOO_LARGE, f"{TOO_LARGE}, head and all; the connection was aborted"))
        self.wrappedProtocol.connectionLost(reason)


class _Counting(WrappingFactory):
    noisy = False
    protocol = _Counted

    def __init__(self, factory: IProtocolFactory) -> None:
        inherited: Any = super()
        inherited.__init__(factory)
