"""
C{type = "https2http"}: TLS ends here, and HTTP is passed on to a local service.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import key, table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridge import SecureBridgeConfig, secureBridge
from frp.plugins.tables import required

__all__ = ["HTTPS2HTTP", "HTTPS2HTTPConfig"]


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
