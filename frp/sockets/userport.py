"""A UDP port of ours that users send to, whichever side of the tunnel they are on."""

from __future__ import annotations

from socket import if_nametoindex
from typing import Any

from twisted.internet.error import MessageLengthError

from frp.session.datagrams import Losses, sendingProblem
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address

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
        self._wideAddresses = False

    def startProtocol(self) -> None:
        self._wideAddresses = ":" in self.transport.getHost().host

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
        if self._wideAddresses:
            burst = [(data, (user[0].removeprefix("::ffff:"), user[1])) for data, user in burst]
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
                write(data, self._reached(user) if self._wideAddresses else user)
            except (OSError, MessageLengthError, ValueError, OverflowError) as error:
                self.losses.count(sendingProblem(error))
            else:
                total += len(data)
        return total

    def _reached(self, user: Address) -> tuple[str, int] | tuple[str, int, int, int]:
        """
        Where a socket for both families reaches a user. What the peer names as a zone must never be looked up
        elsewhere.
        """
        host, _, zone = user[0].partition("%")
        if zone:
            return host, user[1], 0, int(zone) if zone.isdigit() else if_nametoindex(zone)
        return host if ":" in host else f"::ffff:{host}", user[1]
