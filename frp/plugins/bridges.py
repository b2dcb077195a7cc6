"""
C{http2http}, C{http2https}, C{https2http} and C{https2https}: HTTP is passed on to a local service, with or without TLS
on either side.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import key, table
from frp.http.rewriting import Forwarded
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridge import BridgeConfig, SecureBridgeConfig, bridge, secureBridge
from frp.plugins.tables import required

__all__ = [
    "HTTP2HTTP",
    "HTTP2HTTPS",
    "HTTPS2HTTP",
    "HTTPS2HTTPS",
    "HTTP2HTTPConfig",
    "HTTP2HTTPSConfig",
    "HTTPS2HTTPConfig",
    "HTTPS2HTTPSConfig",
]


@table
class HTTP2HTTPConfig(BridgeConfig):
    """HTTP is passed on to a local service."""


@implementer(IClientPlugin)
class HTTP2HTTP:
    schema = HTTP2HTTPConfig
    examples = (
        """
type = "http2http"
localAddr = "127.0.0.1:8080"
hostHeaderRewrite = "app.internal"
requestHeaders.set.x-from-where = "frp"
""",
    )

    def factory(self, config: HTTP2HTTPConfig, site: IClientPluginSite) -> Factory:
        return bridge(config, site, Forwarded.DROPPED, secure=False)


@table
class HTTP2HTTPSConfig(BridgeConfig):
    """HTTP is passed on to a local service that wants TLS. Its certificate is not verified."""

    localAddr: str = key("", "The local service, HOST:PORT.", check=required("localAddr"))


@implementer(IClientPlugin)
class HTTP2HTTPS:
    schema = HTTP2HTTPSConfig
    examples = (
        """
type = "http2https"
localAddr = "127.0.0.1:8443"
hostHeaderRewrite = "app.internal"
""",
    )

    def factory(self, config: HTTP2HTTPSConfig, site: IClientPluginSite) -> Factory:
        return bridge(config, site, Forwarded.PASSED, secure=True)


@table
class HTTPS2HTTPConfig(SecureBridgeConfig):
    """TLS ends here, and HTTP is passed on to a local service."""

    localAddr: str = key("", "The local service, HOST:PORT.", check=required("localAddr"))


@implementer(IClientPlugin)
class HTTPS2HTTP:
    schema = HTTPS2HTTPConfig
    examples = (
        """
type = "https2http"
localAddr = "127.0.0.1:8080"
crtPath = "server.crt"
keyPath = "server.key"
""",
    )

    def factory(self, config: HTTPS2HTTPConfig, site: IClientPluginSite) -> Factory:
        return secureBridge(config, site, secure=False)


@table
class HTTPS2HTTPSConfig(SecureBridgeConfig):
    """TLS ends here, and HTTP is passed on to a local service over TLS, whatever its certificate."""

    localAddr: str = key("", "The local service, HOST:PORT.", check=required("localAddr"))


@implementer(IClientPlugin)
class HTTPS2HTTPS:
    schema = HTTPS2HTTPSConfig
    examples = (
        """
type = "https2https"
localAddr = "127.0.0.1:8443"
crtPath = "server.crt"
keyPath = "server.key"
""",
    )

    def factory(self, config: HTTPS2HTTPSConfig, site: IClientPluginSite) -> Factory:
        return secureBridge(config, site, secure=True)
