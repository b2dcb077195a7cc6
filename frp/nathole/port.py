"""A UDP port of which nobody knows yet what will go through it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from frp.sockets.datagram import TrainProtocol
from frp.sockets.trains import Train, runs

__all__ = ["ROOM", "HolePort"]

#: Bytes of the longest datagram.
ROOM = 65536

Address = tuple[str, int]


class HolePort(TrainProtocol):
    """@ivar heard: gets what comes, with this port and the sender."""

    transport: Any
    heard: Callable[[HolePort, bytes, Address], object] | None = None

    @property
    def wide(self) -> bool:
        """Whether it reaches hosts of IPv6, too."""
        return ":" in self.transport.getHost().host

    def trainsReceived(self, trains: list[Train]) -> None:
        for datagrams, sender in runs(trains):
            for datagram in datagrams:
                if self.heard is not None:
                    self.heard(self, bytes(datagram), sender)

    def send(self, datagram: bytes, address: Address, ttl: int = 0) -> None:
        """
        Send one datagram. What the system does not take is lost, as on any network.

        @param ttl: how many hops it lives; 0 for the system's.
        """
        if self.transport is None:
            return
        # Twisted's port says of an address of the other family that it is none.
        with suppress(OSError, ValueError):
            if not ttl:
                self.transport.write(datagram, address)
                return
            made = self.transport.getHandle()
            usual = made.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            try:
                self.transport.write(datagram, address)
            finally:
                made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, usual)

    def close(self) -> None:
        """Nobody needs it."""
        self.heard = None
        if self.transport is not None:
            self.transport.stopListening()
