"""The laboratory: the public network, and all that is plugged into it."""

from __future__ import annotations

from functools import cached_property
from itertools import count
from random import Random
from typing import Any

import attrs

from frp.testing.memory import MemoryReactor
from frp.testing.natlab.firewall import Firewall
from frp.testing.natlab.host import Host, Net, Packet
from frp.testing.natlab.kinds import NATKind
from frp.testing.natlab.nat import NAT
from frp.testing.natlab.stunserver import StunServer

__all__ = ["NATLab"]


class NATLab:
    """
    The public network.

    @ivar delay: seconds that a packet takes through it; C{jitter}, how many more it may take, so that one may overtake
        another.
    @ivar loss: the share of packets that do not arrive, by chance: the same ones in each run.
    @ivar routers: how many it passes on the way: the last one takes it only if it may pass one more.
    @ivar lost: how many packets did not arrive, by chance, or because nobody has the address or they could not go so
        far.
    """

    def __init__(self, reactor: MemoryReactor, delay: float = 0.02, routers: int = 10, seed: int = 1) -> None:
        """@param seed: decides which packets are lost, or late."""
        self.reactor = reactor
        self.delay = delay
        self.routers = routers
        self.loss = self.jitter = 0.0
        self.lost = 0
        self._nodes: dict[str, Any] = {}
        self._hosts = count(1)
        self._hosts6 = count(1)
        self._nats = count(1)
        self._chance = Random(seed)

    def plug(self, node: Any, host: str | None = None) -> str:
        """As L{Net} has it. The addresses are those that RFC 5737 and RFC 3849 keep for documentation."""
        address = host or f"198.51.100.{next(self._hosts)}"
        self._nodes[address] = node
        return address

    def carry(self, packet: Packet) -> None:
        """Somebody sends something."""
        node = self._nodes.get(packet.receiver[0])
        if node is None or packet.ttl <= self.routers or self._chance.random() < self.loss:
            self.lost += 1
        else:
            delay = self.delay + self.jitter * self._chance.random()
            self.reactor.callLater(delay, node.receive, attrs.evolve(packet, ttl=packet.ttl - self.routers))

    def nat(self, kind: NATKind, behind: Net | None = None) -> NAT:
        """
        @param behind: another NAT, as where many customers share one.
        @return: a NAT with nobody behind it.
        """
        number = next(self._nats)
        return NAT(self.reactor, kind, behind or self, f"192.168.{number}.", seed=number)

    def firewall(self) -> Firewall:
        """@return: a router of IPv6 with nobody behind it."""
        return Firewall(self)

    def host(self, behind: Net | None = None, net6: Net | None = None) -> Host:
        """
        @param behind: a NAT; by default the host has a public address.
        @param net6: where it has a global address of IPv6 as well: L{firewall}, or this network.
        @return: a host, which is given to C{Network.client}.
        """
        address6 = f"2001:db8::{next(self._hosts6):x}" if net6 is not None else ""
        return Host(self.reactor, behind or self, net6, address6)

    @cached_property
    def server(self) -> StunServer:
        """A STUN server."""
        hosts = [self.host(), self.host()]
        return StunServer({host.address: host for host in hosts})

    @property
    def stun(self) -> str:
        """Where it is, as C{natHoleStunServer} has it."""
        return self.server.address
