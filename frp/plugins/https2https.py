"""
C{type = "https2https"}: TLS ends here, and HTTP is passed on to a local service over TLS, whatever its certificate.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import key, table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridge import SecureBridgeConfig, secureBridge
from frp.plugins.tables import required

__all__ = ["HTTPS2HTTPS", "HTTPS2HTTPSConfig"]


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
