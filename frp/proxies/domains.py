"""What the proxy types have in common whose users come to a port of frps that they share, and say a domain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from twisted.internet.defer import Deferred, DeferredList
from zope.interface import implementer

from frp.config.schema import Problem, key, table
from frp.config.server import ServerConfig
from frp.errors import FRPError, Refused
from frp.gateways.arrivals import Door
from frp.gateways.grouped import Route
from frp.interfaces import IServerProxy, IServerSite
from frp.wire.address import authority
from frp.wire.messages import NewProxy

__all__ = ["DomainConfig", "DomainProxy", "addressOf", "announceDomains", "checkDomains", "domainsOf"]


@table
class DomainConfig:
    """The domains by which users find a proxy: a table to mix with that of every proxy, and to name before it."""

    customDomains: list[str] = key(
        list, "Domains, which must lead to frps; *.example.com takes all below example.com, * takes the rest."
    )
    subdomain: str = key("", "A label below the subDomainHost of frps.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Nobody would find it."""
        if not self.subdomain and not self.customDomains:
            yield Problem(
                "",
                "subdomain and custom domains should not be both empty",
                'set customDomains = ["www.example.com"], or subdomain where frps has a subDomainHost',
            )


def announceDomains(message: NewProxy, config: DomainConfig) -> None:
    """Say in the message by which domains the proxy is found."""
    message.custom_domains = list(config.customDomains)
    message.subdomain = config.subdomain


def checkDomains(message: NewProxy, server: ServerConfig) -> None:
    """
    Hold the domains of an untrusted client to the rules of the server. Case does not count, for it does not count in
    the routes; the reference lets C{a.Example.com} pass where C{example.com} is the server's.

    @raise Refused: with the reference's texts.
    """
    host = server.subDomainHost
    for domain in message.custom_domains:
        if host and domain.lower().endswith(f".{host.lower()}"):
            raise Refused(f"custom domain [{domain}] should not belong to subdomain host [{host}]")
    if message.subdomain:
        if not host:
            raise Refused(
                "subdomain is not supported because this feature is not enabled in server",
                "subdomain is not supported because this feature is not enabled in server: set subDomainHost in frps",
            )
        if "." in message.subdomain or "*" in message.subdomain:
            raise Refused("'.' and '*' are not supported in subdomain")


def domainsOf(message: NewProxy, subDomainHost: str) -> list[str]:
    """
    @param subDomainHost: the gateway's.
    @return: the domains of a proxy, in the order in which the client is told of them; it may have none.
    """
    domains = [domain for domain in message.custom_domains if domain]
    return [*domains, f"{message.subdomain}.{subDomainHost}"] if message.subdomain else domains


def addressOf(domain: str, port: int) -> str:
    """@return: where users find a domain: the port is left out where a browser knows it."""
    return domain if port in (80, 443) else authority(domain, port)


@implementer(IServerProxy)
class DomainProxy:
    """frps' half of a proxy whose users come through a gateway: it has a route for each of its domains."""

    def __init__(
        self, message: NewProxy, site: IServerSite, *, gateway: str, said: str, route: Callable[[str], Route] = Route
    ) -> None:
        """
        @param gateway: its name; it is a L{Door<frp.gateways.arrivals.Door>}.
        @param route: makes the route of a domain.
        @param said: the reference's log line for a route; C{{host}}, C{{group}} and C{{user}} are filled in.
        """
        self._message = message
        self._site = site
        self._gateway = gateway
        self._said = said
        self._route = route
        self._routes: list[Callable[[], Deferred[None]]] = []

    async def open(self) -> str:
        door: Door = self._site.gateway(self._gateway)
        domains = domainsOf(self._message, door.subDomainHost)
        try:
            for domain in domains:
                await self._add(door, domain)
        except FRPError:
            await self.close()
            raise
        return ",".join(addressOf(domain, door.port) for domain in domains)

    async def _add(self, door: Door, domain: str) -> None:
        message = self._message
        added = door.routes.add(self._route(domain), self._site.join, message.group, message.group_key)
        self._routes.append(await added)
        self._site.log.info(self._said, host=domain, group=message.group, user=message.route_by_http_user)

    def close(self) -> Deferred[None]:
        routes, self._routes = self._routes, []
        return DeferredList([remove() for remove in routes], consumeErrors=True).addCallback(lambda _: None)
