"""One NAT: what it gives those behind it, and whom it lets in."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.testing.natlab.host import Address, Net, Packet
from frp.testing.natlab.kinds import By, NATKind, Ports
from frp.values import define

__all__ = ["NAT"]

#: The first port that is dealt out in turn; and of those that are dealt out at random.
_FIRST = 20_000
_RANDOM = range(1024, 65_536)


@define(eq=False)
class _Mapping:
    """
    What one port behind the NAT is seen as.

    @ivar spoken: the parts of the addresses that it has sent to, as the filter looks at them.
    """

    inner: Address
    outer: Address
    filtering: By
    usedAt: float
    spoken: set[tuple[str | int, ...]] = attrs.Factory(set)

    def lets(self, sender: Address) -> bool:
        """Whether somebody is let in."""
        return self.filtering is By.NOTHING or self.filtering.of(sender) in self.spoken


class NAT:
    """
    A router between a net of its own and another one.

    @ivar hosts: its addresses on the outer side.
    @ivar translated: how many packets it has passed outwards; C{dropped}, how many it has let nobody have.
    """

    def __init__(self, clock: IReactorTime, kind: NATKind, outside: Net, inside: str, seed: int = 0) -> None:
        """
        @param outside: the public network, or another NAT, as of those who run a NAT for many customers.
        @param inside: how the addresses behind it begin, as C{192.168.1.}.
        @param seed: makes its random ports the same in each run.
        """
        self.kind = kind
        self.outside = outside
        self.hosts = [outside.plug(self) for _ in range(kind.hosts)]
        self.translated = 0
        self.dropped = 0
        self._clock = clock
        self._inside = inside
        self._nodes: dict[str, Any] = {}
        self._mappings: dict[tuple[Address, tuple[str | int, ...]], _Mapping] = {}
        self._seen: dict[Address, list[_Mapping]] = {}
        self._next = (_FIRST + number % (65536 - _FIRST) for number in count(0, kind.step))
        self._random = Random(seed)
        self._turn = count()

    def plug(self, node: Any, host: str | None = None) -> str:
        """As L{Net} has it."""
        address = host or f"{self._inside}{len(self._nodes) + 2}"
        self._nodes[address] = node
        return address

    def forward(self, port: int, inner: Address) -> Address:
        """
        Let everybody in at a port, and to one of those behind, for good.

        @return: where that is.
        """
        mapping = self._mappings[inner, ()] = _Mapping(inner, (self.hosts[0], port), By.NOTHING, float("inf"))
        self._seen[mapping.outer] = [mapping]
        return mapping.outer

    def carry(self, packet: Packet) -> None:
        """Somebody behind it sends something."""
        host = packet.receiver[0]
        if host in self._nodes:
            self._nodes[host].receive(packet)
        elif packet.ttl > 1 and (host not in self.hosts or self.kind.hairpin):
            outer = self._translated(packet)
            if host in self.hosts:
                self.receive(outer)
            else:
                self.outside.carry(outer)
        else:
            self.dropped += 1

    def receive(self, packet: Packet) -> None:
        """Something has come from the other side."""
        for mapping in self._users(packet.receiver):
            if mapping.lets(packet.sender) and packet.ttl > 1:
                node = self._nodes.get(mapping.inner[0])
                if node is not None:
                    node.receive(attrs.evolve(packet, receiver=mapping.inner, ttl=packet.ttl - 1))
                return
        self.dropped += 1

    def _translated(self, packet: Packet) -> Packet:
        inner = packet.sender
        key = inner, self.kind.mapping.of(packet.receiver)
        mapping = self._mappings.get((inner, ())) or self._mappings.get(key)
        if mapping is None or not self._lives(mapping):
            mapping = self._mappings[key] = _Mapping(inner, self._free(inner), self.kind.filtering, 0)
            self._seen[mapping.outer] = [*self._users(mapping.outer), mapping]
        mapping.usedAt = max(mapping.usedAt, self._clock.seconds())
        mapping.spoken.add(self.kind.filtering.of(packet.receiver))
        self.translated += 1
        return attrs.evolve(packet, sender=mapping.outer, ttl=packet.ttl - 1)

    def _free(self, inner: Address) -> Address:
        """Of a kept port one inner port may be seen by many as the same: what comes tells them apart by its sender."""
        host = self.hosts[next(self._turn) % len(self.hosts)]
        wanted = {
            Ports.KEPT: count(inner[1]),
            Ports.NEXT: self._next,
            Ports.ANY: iter(lambda: self._random.choice(_RANDOM), None),
        }[self.kind.ports]
        for port in wanted:
            users = self._users((host, port))
            if not users or (self.kind.ports is Ports.KEPT and all(one.inner == inner for one in users)):
                return host, port
        raise AssertionError("no port is free")

    def _users(self, outer: Address) -> list[_Mapping]:
        return [mapping for mapping in self._seen.get(outer, ()) if self._lives(mapping)]

    def _lives(self, mapping: _Mapping) -> bool:
        """What was not used for long is gone, as if it had never been."""
        return self._clock.seconds() - mapping.usedAt <= self.kind.timeout
