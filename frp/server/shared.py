"""
What the clients of one frps share. Nothing else keeps state that crosses clients, but what this process has for itself:
which control connection is here (L{Clients<frp.server.clients.Clients>}), and what its own gateways and groups lead to.

The registries are asked through calls that return Deferreds, and may be kept outside of the process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from random import SystemRandom

import attrs
from twisted.internet.error import CannotListenError

from frp.config.server import ServerConfig
from frp.interfaces import IClaims, IMemberships, IPorts, IReactor, IRoster, IRuns
from frp.server.orders import Orders
from frp.server.registry.claims import Claims, Memberships, Runs
from frp.server.registry.ports import Ports
from frp.server.registry.roster import Roster
from frp.server.statistics import Statistics
from frp.sockets.anywhere import interfaceOf, opened
from frp.values import frozen

__all__ = ["Shared"]


@frozen(eq=False)
class Shared:
    """
    The shared state of a server.

    @ivar names: of proxies.
    @ivar clientIDs: the pairs of a user and a client id that are online.
    @ivar routes: of all gateways.
    @ivar memberships: of load-balancing groups, of ports and of gateways.
    @ivar visited: the proxies that take visitors, by name: L{Welcome<frp.server.visitors.Welcome>}.
    @ivar roster: which clients have been here.
    @ivar statistics: what the proxies of this process have carried.
    @ivar orders: what operators want.
    """

    names: IClaims
    clientIDs: IClaims
    runs: IRuns
    tcpPorts: IPorts
    udpPorts: IPorts
    routes: IClaims
    memberships: IMemberships
    visited: IClaims
    roster: IRoster
    statistics: Statistics
    orders: Orders = attrs.field(factory=Orders)

    @classmethod
    def inMemory(
        cls, reactor: IReactor, config: ServerConfig, probe: Callable[[int], Exception | None] | None = None
    ) -> Shared:
        """
        All that a server needs that runs alone.

        @param probe: tells why a port cannot be had from the system; by default that is found out by binding it.
        """
        address = config.proxyBindAddr
        allowed = [(r.single, r.single) if r.single > 0 else (r.start, r.end) for r in config.allowPorts]
        return cls(
            names=Claims(),
            clientIDs=Claims(),
            runs=Runs(),
            tcpPorts=Ports(allowed, probe or _probe(address, socket.SOCK_STREAM), reactor, SystemRandom()),
            udpPorts=Ports(allowed, probe or _probe(address, socket.SOCK_DGRAM), reactor, SystemRandom()),
            routes=Claims(),
            memberships=Memberships(),
            visited=Claims(),
            roster=Roster(reactor),
            statistics=Statistics(reactor, keep=config.webServer.port > 0),
        )


def _probe(address: str, kind: int) -> Callable[[int], Exception | None]:
    """Whether the system lets us have a port: found out by binding it, as in the reference."""

    def probe(port: int) -> Exception | None:
        try:
            interface = interfaceOf(address, port)
            family = socket.AF_INET6 if ":" in interface else socket.AF_INET
            with opened(socket.socket(family, kind), interface) as probing:
                if kind == socket.SOCK_STREAM:
                    probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probing.bind((interface, port))
                if kind == socket.SOCK_STREAM:
                    probing.listen(1)
        except (OSError, CannotListenError) as error:
            return error
        return None

    return probe
