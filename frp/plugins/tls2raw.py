"""
C{type = "tls2raw"}: TLS ends here, and what is inside goes to a local service.
"""

from __future__ import annotations

from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table
from frp.errors import FRPError, LocalWireError
from frp.interfaces import IClientPlugin, IClientPluginSite, IStream
from frp.plugins.certificates import HANDSHAKE_SECONDS, CertificateConfig, certificate
from frp.plugins.onward import Onward
from frp.plugins.tables import hostPort, required
from frp.sockets.certificates import TLSSide
from frp.sockets.tls import startTLS

__all__ = ["TLS2Raw", "TLS2RawConfig"]


@table
class TLS2RawConfig(CertificateConfig, PluginConfig):
    """TLS ends here, and what is inside goes to a local service."""

    localAddr: str = key("", "The local service, HOST:PORT.", check=required("localAddr"))


@implementer(IClientPlugin)
class TLS2Raw:
    """The kind."""

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
        """As L{IClientPlugin.factory<frp.interfaces.IClientPlugin.factory>}."""
        return _Users(site, certificate(config), site.local(*hostPort(config.localAddr)))


class _Users(Factory):
    noisy = False

    def __init__(self, site: IClientPluginSite, side: TLSSide, endpoint: IStreamClientEndpoint) -> None:
        self.site = site
        self.side = side
        self.endpoint = endpoint

    def buildProtocol(self, addr: IAddress | None) -> _Sealed:
        return _Sealed(self)


class _Sealed(Protocol):
    """A user before the handshake. Nothing is dialled before it is done."""

    transport: IStream

    def __init__(self, users: _Users) -> None:
        self._users = users

    def connectionMade(self) -> None:
        users = self._users
        opened = _Opened(users.site, users.endpoint, self.transport)
        layer = startTLS(self.transport, users.side, users.site.clock, opened, timeout=HANDSHAKE_SECONDS)
        layer.ready.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        failure.trap(FRPError)
        self._users.site.log.warn("tls handshake error: {reason}", reason=str(failure.value))


class _Opened(Onward):
    """The same user after it."""

    def __init__(self, site: IClientPluginSite, endpoint: IStreamClientEndpoint, below: IStream) -> None:
        """@param below: what carries TLS."""
        super().__init__(site)
        self._endpoint = endpoint
        self._below = below

    def connectionMade(self) -> None:
        self.dial(self._endpoint)

    def reached(self, local: IStream) -> None:
        """As L{Onward.reached}."""
        try:
            local.write(self.site.header(self._below))
        except LocalWireError as error:
            self.site.log.warn("tls2raw write proxy protocol header to local conn error: {reason}", reason=error.detail)
            local.abortConnection()
            self.transport.abortConnection()
        else:
            self.site.join(self.transport, local)

    def unreached(self, error: FRPError) -> None:
        """As L{Onward.unreached}."""
        self.site.log.warn("dial to local addr error: {reason}", reason=error.detail)
        self.transport.abortConnection()
