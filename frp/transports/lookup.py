"""The one address of a server that datagrams are sent to; over TCP the addresses of a name are tried in turn."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IHostResolution, IResolutionReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import TunnelLost
from frp.interfaces import IReactor
from frp.sockets.addresses import isLiteral, isNumber

__all__ = ["lookUp"]


def lookUp(reactor: IReactor, host: str, seconds: float) -> Deferred[str]:
    """
    @param seconds: how long a name may take.
    @return: an IP address. Fails with L{TunnelLost<frp.errors.TunnelLost>} where nobody knows the name.
    """
    if isLiteral(host):
        return succeed(host)
    unknown = TunnelLost(f"dial udp: lookup {host}: no such host")
    if isNumber(host):
        return fail(unknown)
    found: Deferred[str] = Deferred()
    reactor.nameResolver.resolveHostName(_Found(found), host)
    found.addTimeout(seconds, reactor)
    return found.addErrback(lambda _: Failure(unknown))


@implementer(IResolutionReceiver)
class _Found:
    """The first address of a name; one of IPv4, where there is any, as with the reference."""

    def __init__(self, found: Deferred[str]) -> None:
        self._found = found
        self._hosts: list[str] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        """It is cancelled by nobody: its answer may come too late."""

    def addressResolved(self, address: Any) -> None:
        if isinstance(address, IPv4Address | IPv6Address):
            self._hosts.append(address.host)

    def resolutionComplete(self) -> None:
        if self._found.called:
            return
        if self._hosts:
            self._found.callback(min(self._hosts, key=lambda host: ":" in host))
        else:
            self._found.errback(DNSLookupError())
