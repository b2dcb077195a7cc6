"""C{type = "tls2raw"}: TLS ends here, and what is inside goes to a local service."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.certificates import HANDSHAKE_SECONDS, CertificateConfig, certificate
from frp.plugins.onward import OnwardFactory
from frp.plugins.tables import hostPort, localAddrKey
from frp.sockets.tlsends import TLSFactory

__all__ = ["TLS2Raw", "TLS2RawConfig"]


@table
class TLS2RawConfig(CertificateConfig, PluginConfig):
    """TLS ends here, and what is inside goes to a local service."""

    localAddr: str = localAddrKey()


@implementer(IClientPlugin)
class TLS2Raw:
    schema = TLS2RawConfig
    examples = (
        """
type = "tls2raw"
localAddr = "127.0.0.1:5432"
""",
        """
type = "tls2raw"
localAddr = "127.0.0.1:5432"
crtPath = "server.crt"
keyPath = "server.key"
""",
    )

    def factory(self, config: TLS2RawConfig, site: IClientPluginSite) -> Factory:
        return TLSFactory(
            OnwardFactory(
                site,
                site.local(*hostPort(config.localAddr)),
                "dial to local addr error: {reason}",
                "tls2raw write proxy protocol header to local conn error: {reason}",
            ),
            certificate(config),
            site.clock,
            lambda error: site.log.warn("tls handshake error: {reason}", reason=str(error)),
            HANDSHAKE_SECONDS,
        )
