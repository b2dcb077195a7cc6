"""UDP in memory: the ports of a L{MemoryReactor<frp.testing.memory.MemoryReactor>}, and somebody who uses them."""

from __future__ import annotations

import errno
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import DatagramProtocol

from frp.sockets.datagram import BURST, BurstProtocol

if TYPE_CHECKING:
    from frp.testing.memory import MemoryReactor

__all__ = ["BadWay", "DatagramUser", "MemoryUDPPort"]


class BadWay:
    """What becomes of datagrams on a bad line: C{reactor.way = BadWay(seed, loss=0.05)}."""

    def __init__(
        self, seed: int, *, loss: float = 0.0, delay: float = 0.0, jitter: float = 0.0, twice: float = 0.0
    ) -> None:
        """
        @param loss: the share of datagrams that is lost; @param twice: and that comes twice.
        @param delay: seconds, one way, and up to C{jitter} more: then some overtake others.
        """
        self._chance = Random(seed)
        self._loss = loss
        self._delay = delay
        self._jitter = jitter
        self._twice = twice

    def __call__(self, datagram: bytes) -> list[float]:
        """@return: after how many seconds it arrives, each time."""
        chance = self._chance.random
        if chance() < self._loss:
            return []
        return [self._delay + chance() * self._jitter for _ in range(2 if chance() < self._twice else 1)]


class MemoryUDPPort:
    """
    One UDP socket, whatever its address: only the number of the port counts. What has come is received in bursts by who
    can take it so.

    @ivar deaf: whether the system refuses to send for it.
    @ivar silent: whether all that is sent from here, or comes here, is lost on the way, and nobody is told.
    """

    def __init__(self, reactor: MemoryReactor, number: int, protocol: Any, size: int) -> None:
        self.number = number
        self.protocol = protocol
        self.deaf = False
        self.silent = False
        self._reactor = reactor
        self._size = size
        self._peer: int | None = None
        self._coming: list[tuple[float, int, bytes, int]] = []  # when, in which order, what, from where
        self._order = count()
        self._timer: IDelayedCall | None = None

    def startListening(self) -> None:
        """
        Bind it.

        @raise CannotListenError: another one has the port.
        """
        if self.number in self._reactor.udpPorts or self.number in self._reactor.taken:
            raise CannotListenError("", self.number, OSError(errno.EADDRINUSE, "Address already in use"))
        self._reactor.udpPorts[self.number] = self
        self.protocol.makeConnection(self)

    def connect(self, host: str, port: int) -> None:
        """Send there only, and receive from nowhere else."""
        self._peer = port
        self.silent = self.silent or host in self._reactor.silent

    def write(self, datagram: bytes, addr: tuple[str, int] | None = None) -> int:
        """
        Send one datagram.

        @raise OSError: the socket is C{deaf}.
        """
        if self.deaf:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        if self.silent or self._muted(len(datagram)):
            return len(datagram)
        number = self._peer if addr is None else addr[1]
        port = self._reactor.udpPorts.get(number) if number is not None else None
        if port is not None:
            for delay in self._reactor.way(datagram):
                port.comes(bytes(datagram), self.number, delay)
        elif self._peer is not None:
            self._reactor.callLater(0, self._refused)
        return len(datagram)

    def _muted(self, size: int) -> bool:
        """Whether the port has said all that arrives of it."""
        left = self._reactor.muted.get(self.number)
        if left is None:
            return False
        self._reactor.muted[self.number] = left - size if size <= left else 0
        return size > left

    def _refused(self) -> None:
        if self._reactor.udpPorts.get(self.number) is self:
            self.protocol.connectionRefused()

    def comes(self, datagram: bytes, sender: int, delay: float = 0.0) -> None:
        """Somebody sends something here, which takes so many seconds."""
        if self._peer in (None, sender) and not self.silent:
            when = self._reactor.seconds() + delay
            heappush(self._coming, (when, next(self._order), datagram[: self._size], sender))
            self._wake()

    def _wake(self) -> None:
        """Deliver as soon as the next one is here."""
        when = self._coming[0][0]
        if self._timer is None:
            self._timer = self._reactor.callLater(max(0.0, when - self._reactor.seconds()), self._deliver)
        elif when < self._timer.getTime():
            self._timer.reset(max(0.0, when - self._reactor.seconds()))

    def _deliver(self) -> None:
        self._timer = None
        coming, now = self._coming, self._reactor.seconds()
        if self._reactor.udpPorts.get(self.number) is not self:
            return
        burst: list[tuple[bytes, tuple[str, int]]] = []
        while coming and coming[0][0] <= now and len(burst) < BURST:
            _, _, datagram, number = heappop(coming)
            burst.append((datagram, ("127.0.0.1", number)))
        if coming:
            self._wake()
        if isinstance(self.protocol, BurstProtocol):
            self.protocol.burstReceived(burst)
        else:
            for datagram, sender in burst:
                self.protocol.datagramReceived(datagram, sender)

    def stopListening(self) -> Deferred[None]:
        """Close it."""
        if self._reactor.udpPorts.get(self.number) is not self:
            return succeed(None)
        del self._reactor.udpPorts[self.number]
        closed: Deferred[None] = Deferred()

        def close() -> None:
            self.protocol.doStop()
            closed.callback(None)

        self._reactor.callLater(0, close)
        return closed

    def getHandle(self) -> MemoryUDPPort:
        """It is its own socket."""
        return self

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Nothing can be set that changes anything here."""

    def getsockopt(self, level: int, option: int) -> int:
        """Whatever was asked for."""
        return 0

    def getHost(self) -> IPv4Address:
        """Where it is bound."""
        return IPv4Address("UDP", "127.0.0.1", self.number)


class DatagramUser(DatagramProtocol):
    """
    One UDP socket in the hands of a test: a user of a port, or a service.

    @ivar received: the datagrams, the oldest first.
    @ivar senders: the ports that they came from.
    """

    noisy = False
    transport: Any

    def __init__(self, port: int = 0, echoes: bool = False) -> None:
        """
        @param port: where L{send} sends to.
        @param echoes: whether it answers with what it hears.
        """
        self.received: list[bytes] = []
        self.senders: list[int] = []
        self._port = port
        self._echoes = echoes

    @property
    def port(self) -> int:
        """Where it can be reached."""
        number: int = self.transport.getHost().port
        return number

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.received.append(datagram)
        self.senders.append(addr[1])
        if self._echoes:
            self.transport.write(datagram, addr)

    def send(self, *datagrams: bytes) -> None:
        """Send datagrams."""
        for datagram in datagrams:
            self.transport.write(datagram, ("127.0.0.1", self._port))
