"""What the proxy types have in common whose users come to a port of frps that they share, and say a domain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from twisted.internet.defer import Deferred, DeferredList
from zope.interface import implementer

from frp.config.schema import Problem, key, table
from frp.config.server import ServerConfig
from frp.errors import FRPError, Refused
from frp.gateways.routes import Route
from frp.interfaces import IServerProxy, IServerSite
from frp.proxies.local import LocalService
from frp.proxies.registration import Portless
from frp.wire.address import authority
from frp.wire.messages import NewProxy

if TYPE_CHECKING:
    from frp.config.public import PublicConfig

__all__ = ["DomainConfig", "DomainKind", "DomainProxy", "addressOf", "announceDomains", "checkDomains", "domainsOf"]


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
                "customDomains",
                "subdomain and custom domains should not be both empty",
                "set customDomains, such as www.example.com, or subdomain where frps has a subDomainHost",
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
            brief = "subdomain is not supported because this feature is not enabled in server"
            raise Refused(brief, f"{brief}: set subDomainHost in frps")
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


class DomainKind(Portless):
    """The part of such a kind that is about its domains."""

    clientProxy: ClassVar[type[LocalService]] = LocalService

    def announce(self, config: Any) -> NewProxy:
        message = super().announce(config)
        announceDomains(message, config)
        return message

    def addresses(self, message: NewProxy, remote: str, public: PublicConfig) -> list[str]:
        """C{type://domain}, each once."""
        return [public.domain(message.proxy_type, one) for one in dict.fromkeys(remote.split(","))]


@implementer(IServerProxy)
class DomainProxy:
    """frps' half of a proxy whose users come through a gateway: it has one route or more for each of its domains."""

    def __init__(
        self,
        message: NewProxy,
        site: IServerSite,
        gateway: str,
        said: str,
        member: object,
        routes: Callable[[str], Iterable[Any]] = lambda domain: [Route(domain)],
    ) -> None:
        """
        @param gateway: its name.
        @param said: the reference's log line for one: C{{host}}, C{{route}}, C{{group}} and C{{user}} are filled in.
        @param member: takes the users, as the gateway's routes want it.
        @param routes: makes the routes of a domain.
        """
        self._message = message
        self._site = site
        self._gateway = gateway
        self._said = said
        self._member = member
        self._routesOf = routes
        self._routes: list[Callable[[], Deferred[None]]] = []

    async def open(self) -> str:
        gateway = self._site.gateway(self._gateway)
        addresses = []
        try:
            for domain in domainsOf(self._message, gateway.subDomainHost):
                for route in self._routesOf(domain):
                    await self._add(gateway.routes, domain, route)
                    addresses.append(addressOf(domain, gateway.port))
        except FRPError:
            await self.close()
            raise
        return ",".join(addresses)

    async def _add(self, routes: Any, domain: str, route: Any) -> None:
        message = self._message
        named = attrs.evolve(route, proxy=message.proxy_name)
        self._routes.append(await routes.add(named, self._member, message.group, message.group_key))
        user = message.route_by_http_user
        self._site.log.info(self._said, host=domain, route=route, group=message.group, user=user)

    def close(self) -> Deferred[None]:
        routes, self._routes = self._routes, []
        return DeferredList([remove() for remove in routes], consumeErrors=True).addCallback(lambda _: None)
