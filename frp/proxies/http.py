"""C{type = "http"}: a site on C{vhostHTTPPort}, passed on to a local service, request by request."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.common import HeaderOperations
from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.gateways.httproutes import Member, Publication
from frp.http.rewriting import Rules, configuredFields
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.domains import DomainConfig, DomainKind, DomainProxy, checkDomains
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
class HTTP(DomainKind):
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
        member = Member(site)
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
