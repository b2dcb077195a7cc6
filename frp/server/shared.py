"""
What the clients of one frps share: names, ports, groups. Nothing else may keep state that crosses clients.

Everything here is asked through calls that may return Deferreds, so that a later implementation can keep it outside the
process.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from random import SystemRandom
from typing import Any

from frp.config.server import ServerConfig
from frp.errors import NameTaken
from frp.server.portgroups import PortGroups
from frp.server.ports import Ports
from frp.server.roster import Roster
from frp.server.statistics import Statistics
from frp.server.visitors import Visitors

__all__ = ["Names", "Shared"]


class Names:
    """Which proxy names are taken, and by whom."""

    def __init__(self) -> None:
        self._owners: dict[str, object] = {}

    def take(self, name: str, owner: object) -> None:
        """@raise NameTaken: somebody has it."""
        if name in self._owners:
            raise NameTaken(
                f"proxy [{name}] already exists", f"proxy [{name}] already exists: {self._owners[name]!r} has it"
            )
        self._owners[name] = owner

    def free(self, name: str) -> None:
        """Give a name back."""
        self._owners.pop(name, None)

    def __len__(self) -> int:
        return len(self._owners)


class Shared:
    """
    The shared state of a server.

    @ivar tcpPorts: the TCP ports that proxies may have; @ivar udpPorts: the same for UDP.
    @ivar tcpGroups: the load-balancing groups of tcp proxies.
    @ivar visitors: the proxies that take visitors.
    @ivar statistics: what the proxies have carried.
    @ivar roster: which clients have been here.
    """

    def __init__(
        self, reactor: Any, config: ServerConfig, probe: Callable[[int], Exception | None] | None = None
    ) -> None:
        """
        @param probe: tells why a port cannot be had from the system; by default that is found out by binding it.
        """
        address = config.proxyBindAddr
        allowed = [(r.single, r.single) if r.single > 0 else (r.start, r.end) for r in config.allowPorts]
        self.names = Names()
        self.tcpPorts = Ports(allowed, probe or _probe(address, socket.SOCK_STREAM), reactor, SystemRandom())
        self.udpPorts = Ports(allowed, probe or _probe(address, socket.SOCK_DGRAM), reactor, SystemRandom())
        self.tcpGroups = PortGroups()
        self.visitors = Visitors()
        self.statistics = Statistics(reactor, keep=config.webServer.port > 0)
        self.roster = Roster(reactor)


def _probe(address: str, kind: int) -> Callable[[int], Exception | None]:
    """Whether the system lets us have a port: found out by binding it, as in the reference."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def probe(port: int) -> Exception | None:
        with socket.socket(family, kind) as probing:
            if kind == socket.SOCK_STREAM:
                probing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probing.bind((address, port))
                if kind == socket.SOCK_STREAM:
                    probing.listen(1)
            except OSError as error:
                return error
        return None

    return probe
