"""C{type = "http"}: a site on C{vhostHTTPPort}, passed on to a local service, request by request."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import copy
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.common import HeaderOperations
from frp.config.proxy import ProxyConfig
from frp.config.schema import Problem, key, table
from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.gateways.httproutes import Member, Publication
from frp.http.inspecting.tables import InspectedConfig, InspectPluginConfig
from frp.http.rewriting import Rules, configuredFields
from frp.interfaces import IClientSite, IProxyKind, IServerProxy, IServerSite
from frp.proxies.domains import DomainConfig, DomainKind, DomainProxy, checkDomains
from frp.proxies.local import LocalService
from frp.wire.address import authority
from frp.wire.messages import NewProxy

if TYPE_CHECKING:
    from frp.config.public import PublicConfig

__all__ = ["HTTP", "HTTPConfig"]


@table
class HTTPConfig(InspectedConfig, DomainConfig, ProxyConfig):
    """A site, found by the domain that users ask for, on a port of frps that all sites share."""

    locations: list[str] = key(list, "Only paths that begin with one of these; empty takes all.")
    httpUser: str = key("", "The user that is asked for; nobody is asked while user and password are empty.")
    httpPassword: str = key("", "The password that is asked for.", secret=True)
    hostHeaderRewrite: str = key("", "The Host that the service gets; empty leaves the user's.")
    requestHeaders: HeaderOperations = key(HeaderOperations, "Headers of the requests that the service gets.")
    responseHeaders: HeaderOperations = key(HeaderOperations, "Headers of the responses that users get.")
    routeByHTTPUser: str = key("", "Only for users who say this name; empty takes everybody.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Who inspects must be the one that passes requests on."""
        if self.inspect is not None and self.plugin is not None:
            yield Problem("inspect", "inspect cannot be used together with plugin", "set it in the plugin's table")
        if self.inspect is not None and self.transport.proxyProtocolVersion:
            yield Problem(
                "inspect", "inspect cannot be used together with transport.proxyProtocolVersion", "remove one of them"
            )


class _Local(LocalService):
    """frpc's half: with C{inspect}, something that keeps requests stands before the local service."""

    def __init__(self, config: HTTPConfig, site: IClientSite) -> None:
        if config.inspect is not None:
            where = authority(config.localIP, config.localPort)
            config = copy(config)
            config.plugin = InspectPluginConfig(
                type="inspect", localAddr=where, localEndpoint=config.localEndpoint, inspect=config.inspect
            )
        super().__init__(config, site)


@implementer(IProxyKind)
class HTTP(DomainKind):
    schema = HTTPConfig
    clientProxy = _Local
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

    def announce(self, config: HTTPConfig) -> NewProxy:
        message = super().announce(config)
        message.locations = list(config.locations)
        message.http_user = config.httpUser
        message.http_pwd = config.httpPassword
        message.host_header_rewrite = config.hostHeaderRewrite
        message.headers = dict(config.requestHeaders.set)
        message.response_headers = dict(config.responseHeaders.set)
        message.route_by_http_user = config.routeByHTTPUser
        return message

    def addresses(self, message: NewProxy, remote: str, public: PublicConfig) -> list[str]:
        """Of each domain, with each location."""
        sites = super().addresses(message, remote, public)
        return [site + ("" if where == "/" else where) for site in sites for where in message.locations or [""]]

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


class _Site(DomainProxy):
    """frps' half: a route for each domain and location."""

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        rules = _rules(message)
        login = (message.http_user.encode("utf-8"), message.http_pwd.encode("utf-8"))
        member = Member(message, site)
        self._pool = member.pool
        super().__init__(
            message,
            site,
            "http",
            "http proxy listen for host [{host}] location [{route.location}] group [{group}], routeByHTTPUser [{user}]",
            member,
            lambda domain: [
                Publication(domain, location, message.route_by_http_user, rules, login)
                for location in message.locations or [""]
            ],
        )

    def close(self) -> Deferred[None]:
        """Requests that have begun are answered."""
        closing = super().close()
        self._pool.close()
        return closing
