"""
UDP ports that take what has come in one go.

Twisted's give their protocol one datagram at a time. What passes datagrams on through a stream wants as many as there
are, and writes them at once.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from twisted.internet import udp
from twisted.internet.protocol import DatagramProtocol
from twisted.python import log
from twisted.python.failure import Failure

from frp.sockets.anywhere import opened
from frp.sockets.pathmtu import mtuTo, sendWhole
from frp.sockets.trains import Train, TrainSocket

__all__ = ["BURST", "ROOM", "BurstProtocol", "TrainProtocol", "UDPPort", "give", "mtuOf", "sendMany"]

#: How many datagrams are taken before other ports and streams have their turn.
BURST = 64

#: Bytes that the system is asked to keep for us; it gives what its own limit allows.
ROOM = 4 * 1024 * 1024


class BurstProtocol(DatagramProtocol):
    """Takes many datagrams at a time where its port gives many, and one where it gives one."""

    noisy = False

    def burstReceived(self, burst: list[tuple[bytes, tuple[str, int]]]) -> None:
        """
        What has come, never nothing.

        @param burst: the datagrams and their senders, in order.
        """
        raise NotImplementedError

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.burstReceived([(datagram, addr[:2])])

    def connectionRefused(self) -> None:
        """Nobody is there, or no way leads there; of connected ports only."""


class TrainProtocol(BurstProtocol):
    """
    Takes datagrams as L{trains<frp.sockets.trains.Train>} where its port gives them, and sends them so by L{sendMany}.

    @cvar turn: bytes that are taken before other ports and streams have their turn, of which a short datagram counts as
        one in L{BURST}. With fewer, whoever sends them waits less for our acknowledgement.
    @cvar whole: whether datagrams are to be lost that are too large for the way, and not sent in fragments: the
        protocol finds out how large they may be. Where to begin, L{mtuOf} says.
    """

    turn = 128 * 1024
    whole = False

    def trainsReceived(self, trains: list[Train]) -> None:
        """What has come, never nothing, in order. No train is empty."""
        raise NotImplementedError

    def burstReceived(self, burst: list[tuple[bytes, tuple[str, int]]]) -> None:
        trains = [(datagram, len(datagram), sender) for datagram, sender in burst if datagram]
        if trains:
            self.trainsReceived(trains)


def sendMany(port: Any, datagrams: Sequence[bytes], address: tuple[str, int] | None) -> None:
    """
    Send datagrams from the port of a L{TrainProtocol}, which may be any of Twisted's.

    @param address: None where the port is connected.
    @raise OSError: the system does not send them; some may have left.
    """
    train = getattr(port, "train", None)
    if train is not None:
        train.send(datagrams, address)
    else:
        for datagram in datagrams:
            port.write(datagram, address)


def give(port: Any, protocol: TrainProtocol) -> None:
    """Have an open port, which may be any of Twisted's, served by another protocol from now on."""
    former, port.protocol = port.protocol, protocol
    if protocol.whole and isinstance(port, UDPPort):
        sendWhole(port.socket)
    former.doStop()
    protocol.makeConnection(port)


def mtuOf(port: Any, receiver: tuple[str, int]) -> int:
    """@return: the bytes of the largest packet on the way there, as far as the port's system knows; else 0."""
    return mtuTo(receiver) if isinstance(port, UDPPort) else 0


class UDPPort(udp.Port):
    """
    A port that serves a L{BurstProtocol} well, and every other protocol as Twisted's does.

    It does not cut the zone from an IPv6 address: without it nobody could answer. One that is bound to C{::} is for
    IPv4 as well.

    @ivar train: what a L{TrainProtocol} sends and receives by.
    """

    train: TrainSocket | None = None

    def createInternetSocket(self) -> socket.socket:
        made = opened(super().createInternetSocket(), self.interface)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        if isinstance(self.protocol, TrainProtocol):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
            if self.protocol.whole:
                sendWhole(made)
            self.train = TrainSocket(made)
        return made

    def doRead(self) -> None:
        protocol = self.protocol
        if self.train is not None:
            self._readTrains(self.train, protocol)
            return
        if not isinstance(protocol, BurstProtocol):
            udp.Port.doRead(self)
            return
        receive, size = self.socket.recvfrom, self.maxPacketSize
        burst = []
        refused = False
        try:
            for _ in range(BURST):
                datagram, sender = receive(size)
                burst.append((datagram, sender[:2]))
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The system's report on something sent before: nobody is there, or no way leads there.
            refused = self._connectedAddr is not None
        if burst:
            try:
                protocol.burstReceived(burst)
            except Exception:
                log.err(None, "a datagram protocol failed")
        if refused:
            protocol.connectionRefused()

    def _readTrains(self, train: TrainSocket, protocol: TrainProtocol) -> None:
        trains = []
        refused = False
        room = protocol.turn
        least = room // BURST
        try:
            while room > 0:
                one = train.receive()
                if one[0]:
                    trains.append(one)
                room -= max(len(one[0]), least)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            refused = self._connectedAddr is not None
        if trains:
            try:
                protocol.trainsReceived(trains)
            except Exception:
                log.err(None, "a datagram protocol failed")
        if refused:
            protocol.connectionRefused()

    def readConnectionLost(self, reason: Failure) -> None:
        """
        What the reactor makes of an error that waits on a socket without datagrams: it takes it for the end, and would
        close the port because one datagram was refused.
        """
        udp.Port.startReading(self)
        self.doRead()

    def write(self, datagram: bytes, addr: Any = None) -> Any:
        try:
            if self._connectedAddr:
                return self.socket.send(datagram)
            host = addr[0]
            # What might be a name is Twisted's: sendto would look it up, and everybody would wait.
            if host.replace(".", "").isdigit() or (":" in host and self.addressFamily == socket.AF_INET6):
                return self.socket.sendto(datagram, addr)
        except BlockingIOError:
            raise
        except OSError:
            pass  # Twisted's own says what is wrong, or that nothing is
        return super().write(datagram, addr)
