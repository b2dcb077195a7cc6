"""
The HTTP client for hooks: it keeps connections, and need not trust certificates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from OpenSSL import SSL
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool
from twisted.web.iweb import IAgent, IPolicyForHTTPS
from zope.interface import implementer

from frp.hooks.chain import DEADLINE

__all__ = ["agent"]

#: Users come in crowds. More connections than this are made when they are needed, but not kept.
KEPT = 8


def agent(reactor: Any, *, verify: bool) -> tuple[IAgent, Callable[[], Deferred[Any]]]:
    """
    @param verify: whether certificates are checked.
    @return: the client, and what ends the connections that it keeps.
    """
    pool = HTTPConnectionPool(reactor, persistent=True)
    pool.maxPersistentPerHost = KEPT
    policy = BrowserLikePolicyForHTTPS() if verify else _AnyCertificate()
    return Agent(reactor, policy, connectTimeout=DEADLINE, pool=pool), pool.closeCachedConnections


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
