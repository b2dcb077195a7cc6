"""C{type = "http"}: a site on C{vhostHTTPPort}, passed on to a local service, request by request."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, DeferredList
from zope.interface import implementer

from frp.config.common import HeaderOperations
from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import ServerConfig
from frp.errors import FRPError, Refused
from frp.gateways.httpgateway import HTTPGateway
from frp.gateways.httproutes import Member, Publication
from frp.http.rewriting import Rules, configuredFields
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.domains import DomainConfig, addressOf, announceDomains, checkDomains, domainsOf
from frp.proxies.local import LocalService
from frp.proxies.registration import announcement
from frp.wire.messages import NewProxy

__all__ = ["HTTP", "HTTPConfig"]


@table
class HTTPConfig(DomainConfig, ProxyConfig):
    """A site, found by the domain that users ask for, on a port of frps that all sites share."""

    locations: list[str] = key(list, "Only paths that begin with one of these; empty takes all.")
    httpUser: str = key("", "The user that is asked for; nobody is asked while user and password are empty.")
    httpPassword: str = key("", "The password that is asked for.", secret=True)
    hostHeaderRewrite: str = key("", "The Host that the service gets; empty leaves the user's.")
    requestHeaders: HeaderOperations = key(HeaderOperations, "Headers of the requests that the service gets.")
    responseHeaders: HeaderOperations = key(HeaderOperations, "Headers of the responses that users get.")
    routeByHTTPUser: str = key("", "Only for users who say this name; empty takes everybody.")


@implementer(IProxyKind)
class HTTP:
    schema = HTTPConfig
    examples = (
        """
name = "web"
type = "http"
localPort = 80
customDomains = ["www.example.com"]
locations = ["/", "/pictures"]
requestHeaders.set.x-from-where = "frp"
""",
    )

    clientProxy = LocalService

    def announce(self, config: HTTPConfig) -> NewProxy:
        message = announcement(config)
        announceDomains(message, config)
        message.locations = list(config.locations)
        message.http_user = config.httpUser
        message.http_pwd = config.httpPassword
        message.host_header_rewrite = config.hostHeaderRewrite
        message.headers = dict(config.requestHeaders.set)
        message.response_headers = dict(config.responseHeaders.set)
        message.route_by_http_user = config.routeByHTTPUser
        return message

    def ports(self, message: NewProxy) -> int:
        """None: all share one."""
        return 0

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        if server.vhostHTTPPort == 0:
            raise Refused("type [http] not supported when vhost http port is not set")
        checkDomains(message, server)
        _rules(message)

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Site(message, site)


def _rules(message: NewProxy) -> Rules:
    """@raise Refused: what is to be set cannot stand in an HTTP message."""
    host = configuredFields({"X-Host": message.host_header_rewrite}, "host_header_rewrite").get(b"x-host") or b""
    return Rules(
        host=host,
        request=configuredFields(message.headers, "headers"),
        response=configuredFields(message.response_headers, "response_headers"),
    )


@implementer(IServerProxy)
class _Site:
    """frps' half: a route for each domain and location."""

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        self._message = message
        self._site = site
        self._member = Member(site)
        self._routes: list[Callable[[], Deferred[None]]] = []

    async def open(self) -> str:
        message = self._message
        gateway: HTTPGateway = self._site.gateway("http")
        rules = _rules(message)
        addresses = []
        try:
            for domain in domainsOf(message, gateway.subDomainHost):
                for location in message.locations or [""]:
                    await self._publish(gateway, rules, domain, location)
                    addresses.append(addressOf(domain, gateway.port))
        except FRPError:
            await self.close()
            raise
        return ",".join(addresses)

    async def _publish(self, gateway: HTTPGateway, rules: Rules, domain: str, location: str) -> None:
        message = self._message
        login = (message.http_user.encode("utf-8"), message.http_pwd.encode("utf-8"))
        publication = Publication(domain, location, message.route_by_http_user, rules, login)
        added = gateway.routes.add(publication, self._member, message.group, message.group_key)
        self._routes.append(await added)
        self._site.log.info(
            "http proxy listen for host [{host}] location [{location}] group [{group}], routeByHTTPUser [{user}]",
            host=domain,
            location=location,
            group=message.group,
            user=message.route_by_http_user,
        )

    def close(self) -> Deferred[None]:
        """Requests that have begun are answered."""
        routes, self._routes = self._routes, []
        closing = DeferredList([remove() for remove in routes], consumeErrors=True)
        self._member.pool.close()
        return closing.addCallback(lambda _: None)
