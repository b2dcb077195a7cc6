"""
C{type = "http2https"}: HTTP is passed on to a local service that wants TLS.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import key, table
from frp.http.rewriting import Forwarded
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridge import BridgeConfig, bridge
from frp.plugins.tables import required

__all__ = ["HTTP2HTTPS", "HTTP2HTTPSConfig"]


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
