"""Hosts with ports: the endpoints that lead there, and why one did not, in the reference's words."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from typing import TYPE_CHECKING

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectError, ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from frp.errors import reasonOf
from frp.sockets.literal import LiteralEndpoint

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from frp.interfaces import IReactor

__all__ = ["connectFault", "dialFault", "endpointFor", "isAddress", "isLiteral", "isNumber"]


@lru_cache(1024)
def isLiteral(host: str) -> bool:
    """Whether a host is an IP address, so that nothing has to be looked up."""
    return bool(isIPAddress(host) or isIPv6Address(host))


@lru_cache(1024)
def isNumber(host: str) -> bool:
    """
    Whether the system would take a host for an address that nobody has written as one: C{24805} is C{0.0.96.229} to it,
    and a port whose host was forgotten to everybody else.
    """
    try:
        socket.inet_aton(host)
    except (OSError, UnicodeError):
        return False
    return not isLiteral(host)


def isAddress(host: str) -> bool:
    """Whether there is more in it than a name can have: a port, a path, a scheme, or the colons of IPv6."""
    return ":" in host or "/" in host


@implementer(IStreamClientEndpoint)
class _Nowhere:
    """The endpoint of a host that is none."""

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """It fails."""
        return fail(DNSLookupError("no such host"))


def endpointFor(
    reactor: IReactor, host: str, port: int, timeout: float, local: tuple[str, int] | None = None
) -> IStreamClientEndpoint:
    """
    @param host: an IP address, or a name; a name's addresses are tried in turn.
    @param timeout: seconds for the connection.
    @param local: the address and the port to dial from; the system chooses a port for 0, and both without this.
    """
    if isNumber(host) or (isAddress(host) and not isLiteral(host)):
        return _Nowhere()
    if isLiteral(host):
        return LiteralEndpoint(reactor, host, port, timeout, local)
    # Only who dials a name pays for importing it, with all that it imports.
    from twisted.internet.endpoints import HostnameEndpoint

    named: IStreamClientEndpoint = HostnameEndpoint(reactor, host, port, timeout, local)
    return named


def dialFault(where: str, failure: Failure, network: str = "tcp") -> str:
    """
    @param where: host and port that were dialled, as L{authority<frp.wire.address.authority>} writes them.
    @param failure: what the endpoint failed with.
    @return: what a log or an error says about it.
    """
    error = failure.value
    assert error is not None, "it failed with something"
    if isinstance(error, DNSLookupError):
        return f"dial {network}: lookup {where.rpartition(':')[0]}: no such host"
    return f"dial {network} {where}: {connectFault(error)}"


def connectFault(error: BaseException) -> str:
    """@return: the same without what was dialled."""
    if isinstance(error, TimeoutError):
        return "i/o timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connect: connection refused"
    if isinstance(error, ConnectError) and isinstance(error.osError, int) and error.osError > 0:
        # As the system says it, without Twisted's sentence around it.
        return f"connect: {os.strerror(error.osError).lower()}"
    return reasonOf(error) if isinstance(error, OSError) else str(error)
