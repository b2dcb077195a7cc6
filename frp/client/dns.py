"""
C{dnsServer}: names are asked of one server, not of the system's.
"""

from __future__ import annotations

from typing import Any

__all__ = ["useServer"]


def useServer(reactor: Any, address: str) -> None:
    """
    From now on resolve names by C{/etc/hosts} and this server. It holds for the whole process, as with the reference.

    @param address: C{host} or C{host:port}; brackets around an IPv6 address with a port.
    """
    from twisted.names.client import Resolver
    from twisted.names.hosts import Resolver as Hosts
    from twisted.names.resolve import ResolverChain

    host, port = _split(address)
    reactor.installResolver(ResolverChain([Hosts(), Resolver(servers=[(host, port)], reactor=reactor)]))


def _split(address: str) -> tuple[str, int]:
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        return host, int(port.removeprefix(":") or 53)
    if address.count(":") == 1:
        host, _, port = address.partition(":")
        return host, int(port)
    return address, 53
