"""A gateway and a type of proxy as somebody else would write them: users say in their first line whom they want."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IAddress
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import GatewayConfig
from frp.gateways.arrivals import Arrival, Door
from frp.gateways.routes import Route
from frp.interfaces import (
    IConfigured,
    IGateway,
    IGatewayKind,
    IGatewaySite,
    IProxyKind,
    IServerProxy,
    IServerSite,
)
from frp.proxies.local import LocalService
from frp.proxies.registration import Portless
from frp.transports.port import Claim
from frp.wire.messages import NewProxy

__all__ = ["PORT", "Line", "Lines", "TabledLines"]

PORT = 7777


class _User(Arrival):
    """Somebody who has not said all of the line."""

    _line = b""

    def heard(self, data: bytes) -> None:
        """Whom they want."""
        self._line, end, rest = (self._line + data).partition(b"\n")
        target = self.door.routes.find(self._line.decode("latin-1")) if end else None
        if target is not None:
            self.give(target.serve, rest)
        elif end or len(self._line) > 100:
            self.refuse("nobody has this name")


@implementer(IGatewayKind)
class Lines:
    """The kind."""

    def gateway(self, config: None, site: IGatewaySite) -> IGateway | None:
        """It is always wanted."""
        return _Gateway(site, PORT)


@table
class LinesConfig(GatewayConfig):
    """By the first line, on a port that is configured."""

    port: int = key(PORT, "The port that users reach.")


@implementer(IGatewayKind, IConfigured)
class TabledLines:
    """The kind, where it is configured."""

    schema = LinesConfig
    examples = (f'type = "lines"\nport = {PORT}\n',)

    def gateway(self, config: LinesConfig, site: IGatewaySite) -> IGateway | None:
        """For one table."""
        return _Gateway(site, config.port)


@implementer(IGateway)
class _Gateway(Door):
    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self)

    def open(self) -> None:
        """Open the port."""
        self.site.listen(self.port, Claim("lines", 0, 1, lambda first: first.startswith(b"@"), self))


@table
class LineConfig(ProxyConfig):
    """A service whose users say its name."""


@implementer(IProxyKind)
class Line(Portless):
    """The kind of proxy behind it."""

    schema = LineConfig
    examples = ('name = "a"\ntype = "line"\nlocalPort = 22\n',)
    clientProxy = LocalService

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        """The half of frps."""
        return _Half(message.proxy_name, message.metas.get("door", "lines"), site)


@implementer(IServerProxy)
class _Half:
    def __init__(self, name: str, door: str, site: IServerSite) -> None:
        self._name = name
        self._door = door
        self._site = site
        self._remove: Callable[[], object] = lambda: None

    async def open(self) -> str:
        """Be found."""
        self._remove = await self._site.gateway(self._door).routes.add(Route(self._name), self._site.join)
        return ""

    def close(self) -> None:
        """Be found no more."""
        self._remove()
