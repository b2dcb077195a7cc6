"""What has a UDP socket below sessions: of one, or of many."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from frp.sockets.datagram import TrainProtocol, mtuOf, sendMany
from frp.sockets.trains import Train, runs
from frp.transports.quic.interfaces import Address, Datagram

__all__ = ["ROOM", "RunProtocol"]

#: Bytes of the longest datagram.
ROOM = 65536


class RunProtocol(TrainProtocol):
    """A base of both ends. It takes what came from one sender together, and is most of the sessions' L{Door}."""

    turn = 1024 * 1024
    whole = True
    transport: Any

    def runReceived(self, datagrams: list[Datagram], sender: Address) -> None:
        """@param datagrams: in order, never none. Views are good for as long as one likes."""
        raise NotImplementedError

    def trainsReceived(self, trains: list[Train]) -> None:
        for datagrams, sender in runs(trains):
            self.runReceived(datagrams, sender)

    def leave(self, datagrams: Sequence[bytes], receiver: Address | None) -> None:
        """
        Send them. What the system does not take is lost, as on any network.

        @param receiver: None where the socket is connected.
        """
        with suppress(OSError):
            sendMany(self.transport, datagrams, receiver)

    def mtu(self, receiver: Address) -> int:
        return mtuOf(self.transport, receiver)
