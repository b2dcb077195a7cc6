"""What a transport may ask of the service that uses it, as the services give it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorTime
from zope.interface import implementer

from frp.interfaces import IAuthenticator, IDialSite, IListenSite, IReactor, ISession, ISharedPort, ITLSSide
from frp.kinds import Registry
from frp.logs import Log
from frp.session.turnstile import Turnstile
from frp.transports.carrier import Carriers
from frp.values import frozen
from frp.wire.address import hostPort

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.server import ServerConfig

__all__ = ["DialSite", "ListenSite"]


class _Admit(Protocol):
    def __call__(self, session: ISession, authenticator: IAuthenticator | None = None) -> IProtocolFactory: ...


@implementer(IDialSite)
@frozen
class DialSite:
    """frpc's side of a transport."""

    reactor: IReactor
    config: ClientConfig
    tls: ITLSSide | None
    log: Log
    turnstile: Turnstile = attrs.field(default=attrs.Factory(lambda self: Turnstile(self.reactor), takes_self=True))
    silent: set[str] = attrs.field(factory=set, init=False)

    @property
    def clock(self) -> IReactorTime:
        return self.reactor

    @property
    def table(self) -> Any:
        """What the transport's own schema has made of its table: only the two know its class."""
        transport = self.config.transport
        return transport.tables.get(transport.protocol)


@implementer(IListenSite)
@frozen
class ListenSite:
    """
    frps' side of a transport.

    @ivar keep: told of every port that was opened, so that it is closed in the end.
    @ivar name: of the transport; each has a site of its own.
    """

    reactor: IReactor
    config: ServerConfig
    registry: Registry
    shared: ISharedPort
    carriers: Carriers
    streams: IProtocolFactory
    tls: ITLSSide
    secret: bytes
    admit: _Admit
    keep: Callable[[IListeningPort], object]
    log: Log
    name: str = ""
    table: Any = None

    @property
    def clock(self) -> IReactorTime:
        return self.reactor

    def opened(self, port: IListeningPort, said: str = "") -> None:
        self.keep(port)
        self.log.info("frps {said}", said=said or f"{self.name} listen on {hostPort(port.getHost())}")

    @property
    def secured(self) -> IProtocolFactory:
        return self.carriers.secured

    @property
    def withinTLS(self) -> ISharedPort:
        return self.carriers.withinTLS
