"""Who is there and has proven nothing: so many, and none of them for long."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frp.transports.quic.session import QUICSession

__all__ = ["Places", "networkOf"]


def networkOf(host: str) -> str | bytes:
    """@return: what somebody has who has this address: it, or of IPv6 the 64 bits that a provider gives."""
    return ipaddress.IPv6Address(host).packed[:8] if ":" in host else host


class Places:
    """Sessions, by the networks of their peers. Iterated over, the oldest comes first."""

    def __init__(self) -> None:
        self._networks: dict[str | bytes, dict[QUICSession, None]] = {}  # in each the oldest first
        self._where: dict[QUICSession, str | bytes] = {}

    def __len__(self) -> int:
        return len(self._where)

    def __iter__(self) -> Iterator[QUICSession]:
        return iter(self._where)

    def take(self, session: QUICSession) -> None:
        network = networkOf(session.getPeer().host)
        self._where[session] = network
        self._networks.setdefault(network, {})[session] = None

    def leave(self, session: QUICSession) -> None:
        """It may have none."""
        network = self._where.pop(session, None)
        if network is not None:
            sessions = self._networks[network]
            del sessions[session]
            if not sessions:
                del self._networks[network]

    def worst(self) -> QUICSession:
        """
        @return: who is to make room: the oldest of the network that has most places. So nobody can push out everybody
            else. Where each has as many, the network that came first is it.
        """
        fullest = max(self._networks, key=lambda network: len(self._networks[network]))
        return next(iter(self._networks[fullest]))
