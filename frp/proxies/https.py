"""C{type = "https"}: a domain on C{vhostHTTPSPort}, passed on to a local service that speaks TLS."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import table
from frp.config.server import ServerConfig
from frp.errors import Refused
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.domains import DomainConfig, DomainKind, DomainProxy, checkDomains
from frp.wire.messages import NewProxy

__all__ = ["HTTPS", "HTTPSConfig"]


@table
class HTTPSConfig(DomainConfig, ProxyConfig):
    """A local service that speaks TLS, found by the domain that users ask for in TLS. frps does not decrypt it."""


@implementer(IProxyKind)
class HTTPS(DomainKind):
    schema = HTTPSConfig
    examples = (
        """
name = "web"
type = "https"
localPort = 443
customDomains = ["www.example.com"]
""",
    )

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        if server.vhostHTTPSPort == 0:
            raise Refused("type [https] not supported when vhost https port is not set")
        checkDomains(message, server)

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return DomainProxy(message, site, "https", "https proxy listen for host [{host}] group [{group}]", site.join)
