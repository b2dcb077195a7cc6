"""
C{type = "http2http"}: HTTP is passed on to a local service.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import table
from frp.http.rewriting import Forwarded
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridge import BridgeConfig, bridge

__all__ = ["HTTP2HTTP", "HTTP2HTTPConfig"]


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
