"""Who is there and has proven nothing: so many, and none of them for long."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address

__all__ = ["Places", "networkOf"]


class _Guest(Protocol):
    def getPeer(self) -> IPv4Address | IPv6Address: ...


G = TypeVar("G", bound=_Guest)


def networkOf(host: str) -> str | bytes:
    """@return: what somebody has who has this address: it, or of IPv6 the 64 bits that a provider gives."""
    return ipaddress.IPv6Address(host).packed[:8] if ":" in host else host


class Places(Generic[G]):
    """Connections or sessions, by the networks of their peers. Iterated over, the oldest comes first."""

    def __init__(self) -> None:
        self._networks: dict[str | bytes, dict[G, None]] = {}  # in each the oldest first
        self._where: dict[G, str | bytes] = {}

    def __len__(self) -> int:
        return len(self._where)

    def __iter__(self) -> Iterator[G]:
        return iter(self._where)

    def take(self, guest: G) -> None:
        network = networkOf(guest.getPeer().host)
        self._where[guest] = network
        self._networks.setdefault(network, {})[guest] = None

    def leave(self, guest: G) -> None:
        """It may have none."""
        network = self._where.pop(guest, None)
        if network is not None:
            guests = self._networks[network]
            del guests[guest]
            if not guests:
                del self._networks[network]

    def worst(self) -> G:
        """
        @return: who is to make room: the oldest of the network that has most places. So nobody can push out everybody
            else. Where each has as many, the network that came first is it.
        """
        fullest = max(self._networks, key=lambda network: len(self._networks[network]))
        return next(iter(self._networks[fullest]))
