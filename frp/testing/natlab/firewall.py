"""What stands before hosts of IPv6 where they have no NAT."""

from __future__ import annotations

from typing import Any

from frp.testing.natlab.host import Address, Net, Packet

__all__ = ["Firewall"]


class Firewall:
    """
    A router that leaves addresses as they are, and lets in only what was spoken to from inside.

    @ivar dropped: how many packets it has let nobody have.
    """

    def __init__(self, outside: Net) -> None:
        self.dropped = 0
        self._outside = outside
        self._nodes: dict[str, Any] = {}
        self._spoken: set[tuple[Address, Address]] = set()

    def plug(self, node: Any, host: str | None = None) -> str:
        """As L{Net} has it."""
        address = self._outside.plug(self, host)
        self._nodes[address] = node
        return address

    def carry(self, packet: Packet) -> None:
        """Somebody behind it sends something."""
        self._spoken.add((packet.sender, packet.receiver))
        self._outside.carry(packet)

    def receive(self, packet: Packet) -> None:
        """Something has come from the other side."""
        if (packet.receiver, packet.sender) in self._spoken:
            self._nodes[packet.receiver[0]].receive(packet)
        else:
            self.dropped += 1
