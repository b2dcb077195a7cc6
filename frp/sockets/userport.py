"""A UDP port of ours that users send to, whichever side of the tunnel they are on."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import MessageLengthError

from frp.session.datagrams import Losses, sendingProblem
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet

__all__ = ["UserPort"]


class UserPort(BurstProtocol):
    """
    Takes what users send, cut to size, and sends them what is answered.

    @ivar losses: counts what could not be taken or sent.
    """

    transport: Any

    def __init__(self, size: int, losses: Losses) -> None:
        """@param size: how many bytes of a datagram are passed on (C{udpPacketSize})."""
        self.losses = losses
        self._size = size

    def usersSent(self, packets: list[Packet], total: int) -> None:
        """
        What has come, with the addresses of the users.

        @param total: the bytes in it.
        """
        raise NotImplementedError

    def burstReceived(self, burst: list[Packet]) -> None:
        size = self._size
        total = 0
        for place, (data, user) in enumerate(burst):
            if len(data) > size:
                # The reference's reads cut them, too, without a word.
                self.losses.cut(size)
                burst[place] = (data[:size], user)
            total += min(len(data), size)
        self.usersSent(burst, total)

    def answer(self, packets: list[Packet]) -> int:
        """
        Send to users.

        @return: the bytes that were sent; what the system does not send is counted as lost.
        """
        write = self.transport.write
        total = 0
        for data, user in packets:
            try:
                write(data, user)
            except (OSError, MessageLengthError, ValueError, OverflowError) as error:
                self.losses.count(sendingProblem(error))
            else:
                total += len(data)
        return total
