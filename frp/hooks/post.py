"""
The HTTP client of hooks: it keeps connections, need not trust certificates, and reads no more than it must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from OpenSSL import SSL
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Protocol
from twisted.internet.ssl import CertificateOptions
from twisted.python.failure import Failure
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IPolicyForHTTPS
from zope.interface import implementer

from frp.errors import Unavailable
from frp.hooks.bounded import LARGEST, Bounded
from frp.http.body import Body

__all__ = ["Poster", "agent"]

#: Users come in crowds. More connections than this are made when they are needed, but not kept.
KEPT = 8


class Poster:
    """Posts, and gives back the whole answer."""

    def __init__(self, agent: IAgent, close: Callable[[], Any]) -> None:
        """
        @param agent: sends the requests.
        @param close: ends the connections that the agent keeps; may return a Deferred.
        """
        self._agent = agent
        self._close = close

    async def post(self, url: str, headers: Mapping[str, Sequence[str]], body: bytes) -> tuple[int, bytes]:
        """
        @return: the status, and the body.
        @raise Unavailable: there was no answer.
        """
        reading = _Reading()
        try:
            response: Any = await self._agent.request(b"POST", url.encode(), Headers(headers), Body(body))
            response.deliverBody(reading)
            return response.code, await reading.done
        except CancelledError:
            raise
        except Exception as error:
            if any(reason.check(CancelledError) for reason in getattr(error, "reasons", None) or ()):
                raise CancelledError from error
            raise Unavailable(f"Post {url}: {_reason(error)}") from error

    def close(self) -> Deferred[None]:
        """End the connections that are kept."""
        return maybeDeferred(self._close)


def _reason(error: Exception) -> str:
    """What was wrong; Twisted's HTTP client wraps that once more."""
    reasons = getattr(error, "reasons", None) or ()
    return "; ".join(reason.getErrorMessage() for reason in reasons) or str(error) or type(error).__name__


def agent(reactor: Any, timeout: float, *, verify: bool) -> tuple[IAgent, Callable[[], Deferred[Any]]]:
    """
    @param timeout: seconds for a connection.
    @param verify: whether certificates are checked.
    @return: the client, and what ends the connections that it keeps.
    """
    pool = HTTPConnectionPool(reactor, persistent=True)
    pool.maxPersistentPerHost = KEPT
    policy = BrowserLikePolicyForHTTPS() if verify else _AnyCertificate()
    bounded = Bounded(reactor, policy, timeout)
    return Agent.usingEndpointFactory(reactor, bounded, pool), pool.closeCachedConnections


@implementer(IPolicyForHTTPS)
class _AnyCertificate:
    """Nobody checks: the reference's default."""

    def __init__(self) -> None:
        self._context = CertificateOptions(verify=False).getContext()

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Named:
        return _Named(self._context, hostname)


@implementer(IOpenSSLClientConnectionCreator)
class _Named:
    """Says the name of whom it wants to reach, as servers with many certificates need it."""

    def __init__(self, context: SSL.Context, hostname: bytes) -> None:
        self._context = context
        self._hostname = hostname

    def clientConnectionForTLS(self, protocol: object) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        name = self._hostname.decode("ascii")
        if not (isIPAddress(name) or isIPv6Address(name)):
            connection.set_tlsext_host_name(self._hostname)
        return connection


class _Reading(Protocol):
    """
    Reads the body of a response. Cancel C{done} to drop the connection.
    """

    transport: Any

    def __init__(self) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._drop())
        self._data = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > LARGEST:
            self._drop()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if self.done.called:
            return
        if len(self._data) > LARGEST:
            self.done.errback(Unavailable(f"the answer is larger than {LARGEST} bytes"))
        elif reason is not None and not reason.check(ResponseDone, PotentialDataLoss):
            self.done.errback(reason)
        else:
            self.done.callback(bytes(self._data))

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()
