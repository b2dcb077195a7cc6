"""
Small questions over HTTP, as to an OpenID Connect provider: one connection each, an answer that is read whole, and a
bound on everything that a stranger at the other end could make long.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import attrs
from treq.content import collect
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, ProxyAgent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory
from zope.interface import implementer

from frp.errors import FRPError, Unavailable
from frp.http.body import Body
from frp.interfaces import IStream
from frp.session.carrier import carrierOf
from frp.session.greeting import handOver
from frp.sockets.addresses import dialFault, endpointFor
from frp.sockets.tlsends import TLSEndpoint
from frp.sockets.tlsside import TLSSide, systemContext
from frp.transports.outproxy import OutProxy, OutProxyEndpoint
from frp.transports.outward import Way
from frp.version import __version__
from frp.wire.address import authority

__all__ = ["DEADLINE", "LARGEST", "Answer", "Fetcher"]

#: Seconds for a question, from the first name that is looked up to the last byte of the answer.
DEADLINE = 10.0

#: Bytes of an answer, head and all.
LARGEST = 1 << 20

_TOO_LARGE = f"the answer is larger than {LARGEST} bytes"

#: Redirects that are followed, where any are.
_REDIRECTS = 5


@attrs.frozen
class Answer:
    """
    What came back.

    @ivar type: the media type, in small letters and without parameters; empty where none was said.
    @ivar status: as C{404 Not Found}.
    """

    code: int
    status: str
    type: str
    body: bytes


class Fetcher:
    """
    Asks.

    treq's client would unpack compressed answers without a bound, so only its reader of bodies is used. Nothing here
    asks for compression.
    """

    def __init__(self, reactor: Any, way: Way, side: Callable[[str], TLSSide] = systemContext) -> None:
        """
        @param way: the proxy, if any, for a scheme and a host.
        @param side: what a host is dialled with over TLS, be it a proxy.
        """
        self._reactor = reactor
        self._way = way
        self._side = side

    async def get(self, url: str) -> Answer:
        """
        Get, and follow redirects; never from https to http.

        @raise Unavailable: there was no answer.
        """
        for _ in range(_REDIRECTS):
            answer, location = await self._ask("GET", url, {}, None)
            if not location or answer.code not in (301, 302, 303, 307, 308):
                return answer
            onward = urljoin(url, location)
            if urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https":
                raise Unavailable(f'Get "{_shown(url)}": redirected away from https')
            url = onward
        raise Unavailable(f'Get "{_shown(url)}": stopped after {_REDIRECTS} redirects')

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Post. What is sent may be secret, so no redirect is followed.

        @raise Unavailable: there was no answer.
        """
        answer, _ = await self._ask("POST", url, headers, body)
        return answer

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> tuple[Answer, str]:
        """@return: the answer, and where it redirects to, if anywhere."""
        question = _Question(self._reactor, self._way, self._side)
        try:
            asked = Deferred.fromCoroutine(question.ask(method, url, headers, body))
            asked.addTimeout(DEADLINE, self._reactor, _tooSlow)
            return await asked
        except Exception as error:
            if isinstance(_cause(error), CancelledError):
                raise CancelledError from error
            why, more = question.why(error)
            said = f'{method.capitalize()} "{_shown(url)}": '
            raise Unavailable(said + why, said + more) from error
        finally:
            question.close()


def _tooSlow(outcome: Any, timeout: float) -> Any:
    if isinstance(outcome, Failure):
        raise Unavailable(f"no answer within {timeout:g} s")
    return outcome


def _shown(url: str) -> str:
    """An URL without its user and its query, either of which may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?"
    return SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "").geturl()


def _cause(error: BaseException) -> BaseException:
    """Twisted's HTTP client wraps errors, at times more than once."""
    while reasons := getattr(error, "reasons", None):
        error = reasons[0].value
    return error


@implementer(IAgentEndpointFactory)
class _Question:
    """One question, and its connection."""

    def __init__(self, reactor: Any, way: Way, side: Callable[[str], TLSSide]) -> None:
        self._reactor = reactor
        self._way = way
        self._side = side
        self._left = LARGEST
        self._dialled = ""
        self._carrier: IStream | None = None

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> tuple[Answer, str]:
        """Ask it, once."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unavailable("the URL is none of http or https")
        if "@" in parts.netloc:
            raise Unavailable("the URL must not hold a user")
        sent = Headers({"User-Agent": [f"frp/{__version__}"]})
        for name, value in headers.items():
            sent.addRawHeader(name, value)
        agent = self._agent(parts, sent)
        producer = None if body is None else Body(body)
        response: Any = await agent.request(method.encode(), url.encode(), sent, producer)
        pieces: list[bytes] = []
        await collect(response, pieces.append)
        if self._left < 0:
            # Where only the end of the connection ends a body, our end of it looks like that.
            raise Unavailable(_TOO_LARGE)
        kind, *_ = (response.headers.getRawHeaders("content-type") or [""])[0].partition(";")
        status = f"{response.code} {response.phrase.decode('latin-1')}".strip()
        (location,) = (response.headers.getRawHeaders("location") or [""])[:1]
        return Answer(response.code, status, kind.strip().lower(), b"".join(pieces)), location

    def _agent(self, parts: SplitResult, headers: Headers) -> IAgent:
        upstream = self._way(parts.scheme, parts.hostname or "")
        if upstream is None or upstream.scheme == "socks5" or parts.scheme == "https":
            made: IAgent = Agent.usingEndpointFactory(self._reactor, self)
            return made
        # Many proxies allow CONNECT to port 443 alone.
        if upstream.credentials is not None:
            proof = b64encode(b":".join(upstream.credentials))
            headers.addRawHeader(b"Proxy-Authorization", b"Basic " + proof)
        endpoint = self._dial(upstream.host, upstream.port)
        if upstream.scheme == "https":
            endpoint = TLSEndpoint(endpoint, self._side(upstream.host), self._reactor)
        proxied: IAgent = ProxyAgent(_Measured(endpoint, self), self._reactor)
        return proxied

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """As L{IAgentEndpointFactory.endpointForURI<twisted.web.iweb.IAgentEndpointFactory.endpointForURI>}."""
        host, port = uri.host.decode("ascii").strip("[]"), uri.port
        upstream = self._way(uri.scheme.decode("ascii"), host)
        endpoint = self._dial(host, port) if upstream is None else self._through(upstream, host, port)
        if uri.scheme == b"https":
            endpoint = TLSEndpoint(endpoint, self._side(host), self._reactor)
        return _Measured(endpoint, self)

    def _through(self, upstream: OutProxy, host: str, port: int) -> IStreamClientEndpoint:
        endpoint = self._dial(upstream.host, upstream.port)
        side = self._side(upstream.host) if upstream.scheme == "https" else None
        return OutProxyEndpoint(endpoint, upstream, host, port, self._reactor, DEADLINE, side)

    def _dial(self, host: str, port: int) -> IStreamClientEndpoint:
        self._dialled = authority(host, port)
        return endpointFor(self._reactor, host, port, DEADLINE)

    def connected(self, carrier: IStream) -> None:
        """The connection is there."""
        self._carrier = carrier

    def received(self, size: int) -> bool:
        """@return: whether so many bytes more are not too many."""
        self._left -= size
        return self._left >= 0

    def why(self, error: Exception) -> tuple[str, str]:
        """What was wrong, in short and in full."""
        if self._left < 0:
            return _TOO_LARGE, _TOO_LARGE
        inner = _cause(error)
        if isinstance(inner, FRPError):
            return inner.brief, inner.detail
        if isinstance(inner, ConnectError | DNSLookupError):
            text = dialFault(self._dialled, Failure(inner))
        else:
            text = str(inner) or type(inner).__name__
        return text, text

    def close(self) -> None:
        """Nothing more is wanted of the connection."""
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.abortConnection()


@implementer(IStreamClientEndpoint)
@attrs.frozen
class _Measured:
    """An endpoint whose connections are ended when they have received too much, be it an endless head."""

    endpoint: IStreamClientEndpoint
    question: _Question

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """As L{IStreamClientEndpoint.connect<twisted.internet.interfaces.IStreamClientEndpoint.connect>}."""

        def connected(carrier: IStream) -> IProtocol:
            self.question.connected(carrier)
            protocol = factory.buildProtocol(carrier.getPeer())
            assert protocol is not None, "Twisted's HTTP client always answers"
            handOver(carrier, _Counting(protocol, self.question))
            return protocol

        return carrierOf(self.endpoint).addCallback(connected)


class _Counting(Protocol):
    """Hands everything on, and counts it."""

    transport: IStream

    def __init__(self, inner: IProtocol, question: _Question) -> None:
        self._inner = inner
        self._question = question

    def connectionMade(self) -> None:
        self._inner.makeConnection(self.transport)

    def dataReceived(self, data: bytes) -> None:
        if self._question.received(len(data)):
            self._inner.dataReceived(data)
        else:
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        assert reason is not None
        self._inner.connectionLost(reason)
