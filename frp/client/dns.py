"""The part C{dns}: with C{dnsServer}, names are asked of one server, not of the system's."""

from __future__ import annotations

from typing import cast

import attrs
from twisted.internet.interfaces import IReactorPluggableResolver
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite, IReactor

__all__ = ["DNS"]


@implementer(IClientPart)
@attrs.frozen
class _Server:
    """@ivar address: C{host} or C{host:port}; brackets around an IPv6 address with a port."""

    reactor: IReactor
    address: str

    def start(self) -> None:
        """
        From now on resolve names by C{/etc/hosts} and this server. It holds for the whole process, as with the
        reference.
        """
        from twisted.names.client import Resolver
        from twisted.names.hosts import Resolver as Hosts
        from twisted.names.resolve import ResolverChain

        host, port = _split(self.address)
        resolver = ResolverChain([Hosts(), Resolver(servers=[(host, port)], reactor=self.reactor)])
        cast(IReactorPluggableResolver, self.reactor).installResolver(resolver)

    def stop(self) -> None:
        """Other clients of the process may count on it."""


@implementer(IClientPartKind)
class DNS:
    """C{dnsServer}."""

    def part(self, config: ClientConfig, site: IClientPartSite) -> IClientPart | None:
        return _Server(site.reactor, config.dnsServer) if config.dnsServer else None


def _split(address: str) -> tuple[str, int]:
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        return host, int(port.removeprefix(":") or 53)
    if address.count(":") == 1:
        host, _, port = address.partition(":")
        return host, int(port)
    return address, 53
