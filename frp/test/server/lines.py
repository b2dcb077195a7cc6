"""
A gateway and a type of proxy as somebody else would write them: users say in their first line whom they want.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import table
from frp.config.server import ServerConfig
from frp.errors import NameTaken
from frp.gateways.routes import Routes
from frp.interfaces import (
    IGateway,
    IGatewayKind,
    IGatewaySite,
    IProxyKind,
    IServerProxy,
    IServerSite,
    IStream,
)
from frp.proxies.local import LocalService
from frp.proxies.registration import announcement
from frp.transports.port import Claim
from frp.wire.messages import NewProxy

__all__ = ["PORT", "Line", "Lines"]

PORT = 7777


class _User(Protocol):
    """Somebody who has not said all of the line."""

    transport: IStream
    _line = b""

    def __init__(self, routes: Routes[IServerSite]) -> None:
        self._routes = routes

    def dataReceived(self, data: bytes) -> None:
        self._line, end, rest = (self._line + data).partition(b"\n")
        site = self._routes.find(self._line.decode("latin-1"), "", "") if end else None
        if site is not None:
            site.join(self.transport, rest)
        elif end or len(self._line) > 100:
            self.transport.abortConnection()


@implementer(IGatewayKind)
class Lines:
    """The kind."""

    def gateway(self, site: IGatewaySite) -> IGateway | None:
        """It is always wanted."""
        return _Gateway(site)


@implementer(IGateway)
class _Gateway(Factory):
    noisy = False

    def __init__(self, site: IGatewaySite) -> None:
        self._site = site
        self.routes: Routes[IServerSite] = Routes()

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self.routes)

    def open(self) -> None:
        """Open the port."""
        self._site.listen(PORT, Claim("lines", 0, 1, lambda first: first.startswith(b"@"), self))

    def close(self) -> None:
        """Nothing stays."""


@table
class LineConfig(ProxyConfig):
    """A service whose users say its name."""


@implementer(IProxyKind)
class Line:
    """The kind of proxy behind it."""

    schema = LineConfig
    examples = ('name = "a"\ntype = "line"\nlocalPort = 22\n',)
    clientProxy = LocalService

    def announce(self, config: Any) -> NewProxy:
        """Nothing more than all."""
        return announcement(config)

    def ports(self, message: NewProxy) -> int:
        """None."""
        return 0

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        """All may have it."""

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        """The half of frps."""
        return _Half(message.proxy_name, site)


@implementer(IServerProxy)
class _Half:
    def __init__(self, name: str, site: IServerSite) -> None:
        self._name = name
        self._site = site

    def open(self) -> str:
        """Be found."""
        routes = self._site.gateway("lines").routes
        if routes.find(self._name, "", ""):
            raise NameTaken(self._name)
        routes.add(self._name, "", "", self._site)
        return ""

    def close(self) -> None:
        """Be found no more."""
        self._site.gateway("lines").routes.remove(self._name, "", "")
