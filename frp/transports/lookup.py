"""
The addresses of a server that datagrams are sent to. Over TCP those of a name race each other
(L{endpointFor<frp.sockets.addresses.endpointFor>}); here only silence tells that one of them leads nowhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IHostResolution, IResolutionReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, TunnelLost
from frp.interfaces import IDialSite, IReactor
from frp.sockets.addresses import isAddress, isLiteral, isNumber

__all__ = ["hostHint", "lookUp", "reached", "unreached"]

T = TypeVar("T")


async def reached(site: IDialSite, host: str, dial: Callable[[str], Awaitable[T]]) -> T:
    """
    Look a server up, and dial its addresses one after the other until one answers. Those that did not the last time
    come last; C{dial} may have found that out of one which had seemed to answer.

    @param dial: goes to an address.
    @raise FRPError: nobody knows the name, or the last address did not answer either.
    """
    hosts = await lookUp(site.reactor, host, site.config.transport.dialServerTimeout)
    silent = site.silent
    silent.intersection_update(hosts)
    if len(silent) == len(hosts):
        silent.clear()
    *others, last = sorted(hosts, key=silent.__contains__)
    for one in others:
        try:
            return await dial(one)
        except FRPError as error:
            silent.add(one)
            site.log.warn("{host} does not answer at {address}: {reason}", host=host, address=one, reason=str(error))
    return await dial(last)


def hostHint(host: str) -> str:
    """@return: what to do about a host that nobody knows; empty where there is nothing to say."""
    return "; serverAddr is a host alone, and its port stands in serverPort" if isAddress(host) else ""


def unreached(where: str, key: str, *, refused: bool) -> FRPError:
    """
    @param where: host and port that were dialled.
    @param key: which of the keys of frps opens that port.
    @param refused: the system says that nobody listens there; else nothing has come back.
    @return: nothing came from a server.
    """
    brief = f"dial udp {where}: " + ("connect: connection refused" if refused else "i/o timeout")
    what = "nothing listens there" if refused else "nothing came back; a firewall may drop UDP"
    return TunnelLost(brief, f"{brief}; {what}: is frps running, and is this its {key}?")


def lookUp(reactor: IReactor, host: str, seconds: float) -> Deferred[list[str]]:
    """
    @param seconds: how long a name may take.
    @return: its IP addresses, those of IPv4 first, as with the reference; there is one at least. Fails with
        L{TunnelLost<frp.errors.TunnelLost>} where nobody knows the name.
    """
    if isLiteral(host):
        return succeed([host])
    unknown = TunnelLost(f"dial udp: lookup {host}: no such host{hostHint(host)}")
    if isNumber(host) or isAddress(host):
        return fail(unknown)
    found: Deferred[list[str]] = Deferred()
    reactor.nameResolver.resolveHostName(_Found(found), host)
    found.addTimeout(seconds, reactor)
    return found.addErrback(lambda _: Failure(unknown))


@implementer(IResolutionReceiver)
class _Found:
    """The addresses of a name, each once."""

    def __init__(self, found: Deferred[list[str]]) -> None:
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
            self._found.callback(sorted(dict.fromkeys(self._hosts), key=lambda host: ":" in host))
        else:
            self._found.errback(DNSLookupError())
