"""
What the clients of a server share. Nothing else keeps state that crosses clients, but what this process has for itself:
which control connection is here (L{Clients<frp.server.clients.Clients>}), and what its own gateways and groups lead to.

The registries agree with those of other nodes in a directory.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from random import SystemRandom

import attrs

from frp.config.server import ServerConfig
from frp.directories.memory import Memory, Shelf
from frp.interfaces import (
    IClaims,
    IDirectory,
    IMemberships,
    IPorts,
    IReactor,
    IRoster,
    IRuns,
    ITenant,
    holderOf,
)
from frp.server.orders import Orders
from frp.server.registry.claims import Claims, tenantOf
from frp.server.registry.memberships import Memberships
from frp.server.registry.mirrored import Mirrored
from frp.server.registry.ports import Ports
from frp.server.registry.roster import Roster
from frp.server.registry.runs import Runs
from frp.server.statistics import Statistics
from frp.server.whole.fellows import Alone, Fellows
from frp.sockets.anywhere import prober
from frp.values import frozen

__all__ = ["Shared"]


@frozen(eq=False)
class Shared:
    """
    The shared state of a server.

    @ivar directory: what all but the last five stand in.
    @ivar names: of proxies.
    @ivar mirrored: proxies of other nodes that are open here, too.
    @ivar clientIDs: the pairs of a user and a client id that are online.
    @ivar routes: of all gateways.
    @ivar memberships: of load-balancing groups, of ports and of gateways.
    @ivar visited: of this node: the proxies that take visitors, by name: L{Welcome<frp.server.visitors.Welcome>}.
    @ivar roster: which clients have been here.
    @ivar statistics: what the proxies of this process have carried.
    @ivar orders: what operators want.
    @ivar fellows: the other workers, where this process is one of several of one frps.
    """

    directory: IDirectory
    names: IClaims
    clientIDs: IClaims
    runs: IRuns
    mirrored: Mirrored
    tcpPorts: IPorts
    udpPorts: IPorts
    routes: IClaims
    memberships: IMemberships
    visited: IClaims
    roster: IRoster
    statistics: Statistics
    orders: Orders = attrs.field(factory=Orders)
    fellows: Fellows = attrs.field(factory=Alone)

    @classmethod
    def inMemory(
        cls, reactor: IReactor, config: ServerConfig, probe: Callable[[int], Exception | None] | None = None
    ) -> Shared:
        """@return: all that a server needs that runs alone; for C{probe} see L{over}."""
        return cls.over(Memory(Shelf(reactor)), reactor, config, probe)

    @classmethod
    def over(
        cls,
        directory: IDirectory,
        reactor: IReactor,
        config: ServerConfig,
        probe: Callable[[int], Exception | None] | None = None,
    ) -> Shared:
        """
        What a server has that is one node of a directory.

        @param probe: tells why a port cannot be had from the system; by default that is found out by binding it.
        """
        address = config.proxyBindAddr
        allowed = [(r.single, r.single) if r.single > 0 else (r.start, r.end) for r in config.allowPorts]
        tcp, udp = (probe or prober(address, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))
        names, mirrored = Claims(directory, "proxy"), Mirrored()
        return cls(
            directory=directory,
            names=names,
            clientIDs=Claims(directory, "client"),
            runs=Runs(directory),
            mirrored=mirrored,
            tcpPorts=Ports(directory, "tcp", allowed, tcp, SystemRandom(), mirrored),
            udpPorts=Ports(directory, "udp", allowed, udp, SystemRandom(), mirrored),
            routes=Claims(directory, "route", mirrored, lambda owner: _proxyOf(owner, names)),
            memberships=Memberships(directory, mirrored, names.owner),
            visited=Claims(Memory(Shelf(reactor)), "visited"),
            roster=Roster(reactor),
            statistics=Statistics(reactor, keep=config.webServer.port > 0),
        )


def _proxyOf(owner: object, names: Claims) -> ITenant | None:
    """@return: the proxy that a route leads to."""
    holder = holderOf(owner)
    return None if holder is None else tenantOf(names.owner(holder.proxy))
