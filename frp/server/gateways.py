"""The gateways of a server: the doors that many proxies share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.server import GatewayConfig, ServerConfig
from frp.errors import ConfigError, FRPError, PluginError, Refused, bugBehind
from frp.hooks.chain import Hooks
from frp.interfaces import Claim, IClaims, IConfigured, IGateway, IGatewayKind, IGatewaySite, IMemberships, IReactor
from frp.interfaces.flowing import Flowing
from frp.interfaces.operations import NOBODY, Caller
from frp.kinds import Registry
from frp.kinds.awaiting import asked
from frp.logs import Log
from frp.sockets.taken import bindFault, portTaken
from frp.transports.port import SharedPort
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["GatewaySite", "Gateways", "listen", "portOf"]


#: How many connections may wait to be taken, as far as the system lets them; who finds no place there comes a second
#: later, or two, or four.
_WAITING = 4096


def listen(reactor: IReactor, address: str, port: int, factory: IProtocolFactory, keys: str) -> IListeningPort:
    """
    Open a port of the server itself.

    @param keys: those of the configuration that ask for it.
    @raise PortTaken: the system does not give it away.
    """
    try:
        opened: IListeningPort = reactor.listenTCP(port, factory, _WAITING, address)
        return opened
    except CannotListenError as error:
        brief = f"create server listener error, listen tcp {authority(address, port)}: bind: {bindFault(error)}"
        raise portTaken(brief, keys, error, "tcp") from error


def portOf(opened: IListeningPort) -> int:
    host = opened.getHost()
    assert isinstance(host, IPv4Address | IPv6Address)
    return host.port


@implementer(IGatewaySite)
@frozen(eq=False)
class GatewaySite:
    """
    What a gateway may ask of its server.

    @ivar shared: the port that clients come to.
    @ivar name: of the gateway; a site of its own is made for each.
    @ivar hooks: are told of what happens.
    @ivar opened: told of every port that was opened for a gateway, so that it is closed in the end.
    """

    reactor: IReactor
    config: ServerConfig
    shared: SharedPort
    routes: IClaims
    memberships: IMemberships
    flowing: Flowing
    hooks: Hooks
    opened: Callable[[IListeningPort], None]
    log: Log
    name: str = ""

    @property
    def clock(self) -> IReactorTime:
        return self.reactor

    def watches(self, name: str) -> bool:
        return self.hooks.watches(name)

    def tell(self, name: str, message: object, caller: Caller = NOBODY) -> None:
        self.hooks.tell(name, message, caller)

    def shares(self, port: int) -> bool:
        config = self.config
        return port == config.bindPort and config.proxyBindAddr == config.bindAddr

    def listen(self, port: int, claim: Claim) -> int:
        if self.shares(port):
            self.shared.claim(claim)
            return port
        opened = listen(self.reactor, self.config.proxyBindAddr, port, claim.answer, f"proxyBindAddr, {claim.name}")
        self.opened(opened)
        return portOf(opened)


class Gateways:
    """The gateways of one server, by name."""

    def __init__(self) -> None:
        self._gateways: dict[str, IGateway] = {}
        self._names: dict[str, list[str]] = {}  # by the names of the kinds

    def open(self, registry: Registry, site: GatewaySite) -> None:
        """
        Open those of the tables, and those that need none. Of the latter one that is broken is passed over.

        @raise FRPError: one that is asked for cannot be had; others may be open by then.
        """
        for contribution in registry.contributions(IGatewayKind):
            name = contribution.name
            if not contribution.wanted(site.config):
                continue
            try:
                kind = registry.get(IGatewayKind, name)
                if not IConfigured.providedBy(kind):
                    self._open(registry, name, name, None, site)
            except PluginError as error:
                site.log.error("the gateway {name} is not open: {reason}", name=name, reason=error.detail)
                bug = bugBehind(error)
                if bug is not None:
                    site.log.failure("the gateway {name} has failed", Failure(bug), name=name)
            except FRPError:
                raise
            except Exception:
                site.log.failure("the gateway {name} is not open", name=name)
        for number, table in enumerate(site.config.gateways):
            if table.name in self._gateways:
                raise ConfigError(f"gateways[{number}].name", f"gateway name [{table.name}] is that of another gateway")
            self._open(registry, table.name, table.type, table, site)

    def _open(self, registry: Registry, name: str, kind: str, table: GatewayConfig | None, site: GatewaySite) -> None:
        gateway: IGateway | None = registry.make(IGatewayKind, kind, "gateway", table, attrs.evolve(site, name=name))
        if gateway is not None:
            gateway.open()
            self._gateways[name] = gateway
            self._names.setdefault(kind, []).append(name)

    def get(self, name: str) -> Any:
        """
        @param name: its own, or that of its kind, if there is but one of it.
        @raise Refused: there is none, or more than one.
        """
        names = [name] if name in self._gateways else self._names.get(name, [])
        if len(names) > 1:
            raise Refused(f"the server has {len(names)} {name} gateways: {', '.join(names)}")
        if not names:
            raise Refused(f"the server has no {name} gateway")
        return self._gateways[names[0]]

    async def close(self) -> None:
        """Close every one."""
        gateways, self._gateways = self._gateways, {}
        self._names.clear()
        await DeferredList([asked(gateway.close) for gateway in gateways.values()], consumeErrors=True)
