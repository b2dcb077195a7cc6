"""
UDP ports for protocols that send and receive many datagrams of one size at a time.

Linux cuts one long write into datagrams (UDP_SEGMENT) and joins what comes from one sender (UDP_GRO): a datagram costs
a tenth of what a system call for each costs. Elsewhere, and where a network card does not take it, each is sent alone.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.protocol import DatagramProtocol
from twisted.python import log

from frp.interfaces import IReactor
from frp.sockets.anywhere import DualSocket
from frp.sockets.datagram import BURST, UDPPort
from frp.wire.address import mapped, unmapped

__all__ = ["SegmentedPort", "SegmentedProtocol", "segmentedPort"]

# From linux/udp.h and linux/in.h, which the socket module does not have.
_UDP_SEGMENT = 103
_UDP_GRO = 104
_IP_MTU = 14
_IPV6_MTU = 24
_IP_MTU_DISCOVER = 10
_IPV6_MTU_DISCOVER = 23
_PROBE = 3  # never fragment, and believe nobody about the size but the peer

#: What one write may hold: the kernel's limits.
MOST_SEGMENTS = 64
MOST_BYTES = 65000

#: Bytes that one read may bring.
ROOM = 65536

#: Bytes that the system is asked to keep for us.
BUFFER = 4 * 1024 * 1024


class SegmentedProtocol(DatagramProtocol):
    """
    Takes what came from one sender together.

    @cvar portKind: what a reactor of ours makes for it.
    """

    noisy = False
    transport: Any
    portKind: type[UDPPort]

    def runReceived(self, datagrams: list[bytes | memoryview], sender: tuple[str, int]) -> None:
        """
        @param datagrams: in order, never none. Views are good for as long as one likes.
        """
        raise NotImplementedError

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.runReceived([datagram], addr[:2])


class SegmentedPort(UDPPort):
    """A port that serves a L{SegmentedProtocol}."""

    _segments = sys.platform == "linux"

    def createInternetSocket(self) -> socket.socket:
        made = super().createInternetSocket()
        wide = made.family == socket.AF_INET6
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            made.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        if sys.platform == "linux":
            with suppress(OSError):
                made.setsockopt(socket.IPPROTO_UDP, _UDP_GRO, 1)
            with suppress(OSError):
                made.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
            if wide:
                with suppress(OSError):
                    made.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
        self._wide = isinstance(made, DualSocket)
        return made

    # Receiving

    def doRead(self) -> None:
        left, refused = BURST, False
        gathered: list[bytes | memoryview] = []
        last: tuple[Any, ...] = ()
        try:
            while left > 0:
                datagrams, sender = self._receive()
                left -= len(datagrams)
                if sender != last and gathered:
                    self._pass(gathered, last)
                    gathered = []
                last = sender
                gathered += datagrams
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The system's report on something sent before: nobody is there, or no way leads there.
            refused = self._connectedAddr is not None
        if gathered:
            self._pass(gathered, last)
        if refused:
            self.protocol.connectionRefused()

    def _receive(self) -> tuple[list[bytes | memoryview], tuple[Any, ...]]:
        """
        One read.

        @raise OSError: there is nothing more, or nobody at the other end.
        """
        data, told, _, sender = self.socket.recvmsg(ROOM, 64)
        size = whole = len(data)
        for level, kind, value in told:
            if level == socket.IPPROTO_UDP and kind == _UDP_GRO:
                size = struct.unpack_from("=i", value)[0]
        if size >= whole:
            return [data], sender
        view = memoryview(data)
        return [view[at : at + size] for at in range(0, whole, size)], sender

    def _pass(self, datagrams: list[bytes | memoryview], sender: tuple[Any, ...]) -> None:
        host = unmapped(sender[0]) if self._wide else sender[0]
        try:
            self.protocol.runReceived(datagrams, (host, sender[1]))
        except Exception:
            log.err(None, "a datagram protocol failed")

    # Sending

    def sendRun(self, datagrams: Sequence[bytes], receiver: tuple[str, int]) -> None:
        """
        Send datagrams to one receiver. What the system does not take is lost, as on any network.

        @param datagrams: those of one size that follow each other leave in one call; so does a shorter one after them.
        """
        at, count = 0, len(datagrams)
        while at < count:
            size = len(datagrams[at])
            end = at + 1
            if self._segments:
                most = min(count, at + MOST_SEGMENTS, at + max(1, MOST_BYTES // size))
                while end < most and len(datagrams[end]) == size:
                    end += 1
                if end < most and len(datagrams[end]) < size:
                    end += 1
            self._leave(datagrams[at:end], size, receiver)
            at = end

    def _leave(self, datagrams: Sequence[bytes], size: int, receiver: tuple[str, int]) -> None:
        if len(datagrams) > 1 and "%" not in receiver[0]:
            told = [(socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", size))]
            try:
                if self._connectedAddr:
                    self.socket.sendmsg(datagrams, told)
                else:
                    host = mapped(receiver[0]) if self._wide else receiver[0]
                    self.socket.sendmsg(datagrams, told, 0, (host, receiver[1]))
                return
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                pass  # of something that was sent before
            except OSError:
                self._segments = False
        for datagram in datagrams:
            with suppress(OSError):
                if self._connectedAddr:
                    self.socket.send(datagram)
                else:
                    self.socket.sendto(datagram, receiver)

    def mtu(self, receiver: tuple[str, int]) -> int:
        """@return: the bytes of the largest packet on the way to a receiver, as far as this machine knows; else 0."""
        if sys.platform != "linux":
            return 0
        wide = ":" in receiver[0]
        family, level, option = (
            (socket.AF_INET6, socket.IPPROTO_IPV6, _IPV6_MTU) if wide else (socket.AF_INET, socket.IPPROTO_IP, _IP_MTU)
        )
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect(receiver)
                return asking.getsockopt(level, option)
        except OSError:
            return 0


class _Single:
    """The same over a port that is not ours."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def sendRun(self, datagrams: Sequence[bytes], receiver: tuple[str, int]) -> None:
        write = self._port.write
        for datagram in datagrams:
            with suppress(OSError):
                write(datagram, receiver)

    def mtu(self, receiver: tuple[str, int]) -> int:
        """Nobody knows."""
        return 0


def segmentedPort(reactor: IReactor, port: int, protocol: SegmentedProtocol, interface: str) -> Any:
    """
    @param interface: an address; empty for any of IPv4, as for Twisted's C{listenUDP}.
    @return: a port that has C{sendRun} and C{mtu} of L{SegmentedPort}, whatever the reactor.
    @raise CannotListenError: the system does not give it away.
    """
    made = reactor.listenUDP(port, protocol, interface, ROOM)
    return made if isinstance(made, SegmentedPort) else _Single(made)


SegmentedProtocol.portKind = SegmentedPort
