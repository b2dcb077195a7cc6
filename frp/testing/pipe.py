"""
Two raw transports in memory, joined by a pipe that cuts the bytes wherever the test wants, and carries them when the
test wants. For whole networks with time there is L{frp.testing.network}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IDatagramsProtocol, IStream
from frp.session.producers import Slot
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["End", "Pipe"]


@implementer(IStream)
class End(Slot, Unmultiplexed):
    """
    One raw transport. It hears of everything within the call that causes it, and delivers nothing but by L{take}.

    @ivar protocol: what receives; a test sets it.
    @ivar wire: what was written and is still on its way to the other end.
    @ivar writes: the size of every write.
    @ivar paused: whether it reads nothing.
    @ivar capacity: with more than so many bytes on the wire, the producer is paused until all are carried; None for no
        such limit.
    @ivar writeEnded: C{loseWriteConnection} was called; what is written after that is dropped.
    @ivar disconnecting: C{loseConnection} was called; the same.
    @ivar aborted: C{abortConnection} was called.
    @ivar lost: the protocol was told that it is over.
    @ivar beside: datagrams that are on their way to the other end.
    """

    datagramSize: int = 0

    def __init__(self, capacity: int | None = None, datagramSize: int = 0) -> None:
        self.protocol: Any = None
        self.other: End = self
        self.wire = bytearray()
        self.beside: list[bytes] = []
        self.datagramSize = datagramSize
        self.writes: list[int] = []
        self.capacity = capacity
        self.paused = self.disconnecting = self.writeEnded = self.aborted = self.lost = self.heardEnd = False
        self.full = False

    # Sending

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if not self.disconnecting and not self.lost and not self.writeEnded:
            self.writes.append(len(data))
            self.wire += data
            if self.capacity is not None and len(self.wire) > self.capacity:
                self.full = True
                self._holdProducer()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """The same, joined."""
        self.write(b"".join(iovec))

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        """Put them beside the wire."""
        if not self.datagramSize or self.closed:
            return 0
        self.beside += datagrams
        return len(datagrams)

    def _takesNoMore(self) -> bool:
        return self.lost

    def _isFull(self) -> bool:
        return self.full

    # Ending

    def loseConnection(self) -> None:
        """Close when all is carried."""
        self.disconnecting = True

    def loseWriteConnection(self) -> None:
        """The other end hears of it behind what is on the wire."""
        self.writeEnded = True

    def abortConnection(self) -> None:
        """Drop the connection."""
        self.aborted = True
        self.lose(ConnectionAborted())

    def lose(self, reason: Exception) -> None:
        """The connection is gone, for this end."""
        if not self.lost:
            if self._unread:
                self._putBack()
            self.lost = True
            self._endProducer()
            self.protocol.connectionLost(Failure(reason))

    # Receiving

    def pauseProducing(self) -> None:
        """Deliver nothing."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Deliver again."""
        self.paused = False
        if self._unread:
            self._putBack()

    @property
    def closed(self) -> bool:
        """Whether it is over, or about to be."""
        return self.lost or self.disconnecting

    def stopProducing(self) -> None:
        """Nobody wants what comes from here."""
        self.loseConnection()

    def takeBeside(self) -> bool:
        """Carry what comes beside the wire. @return: whether there was anything."""
        datagrams, self.other.beside = self.other.beside, []
        taking = IDatagramsProtocol(self.protocol, None)
        if datagrams and taking is not None and not self.closed:
            taking.datagramsReceived(datagrams)
        return bool(datagrams)

    def take(self, most: int) -> bool:
        """Carry up to C{most} bytes from the other end, or its end. @return: whether anything happened."""
        if self.paused or self.lost or self.disconnecting:
            return self._finish()
        data = bytes(self.other.wire[:most])
        if data:
            del self.other.wire[: len(data)]
            self.protocol.dataReceived(data)
            self.other._carried()
            return True
        if (self.other.lost or self.other.disconnecting or self.other.writeEnded) and not self.heardEnd:
            self.heardEnd = True
            half = IHalfCloseableProtocol(self.protocol, None)
            if half is not None and not self.other.aborted:
                half.readConnectionLost()
            else:
                self.lose(ConnectionDone())
            return True
        return False

    def _carried(self) -> None:
        if self.full and not self.wire:
            self.full = False
            if not self.lost:
                self._freeProducer()

    def _finish(self) -> bool:
        """Close once all is flushed."""
        if self.lost or not self.disconnecting or (self.wire and not self.other.lost and not self.other.disconnecting):
            return False
        self.lose(ConnectionDone())
        return True

    # Facts

    def getPeer(self) -> IPv4Address:
        """Always the same address."""
        return IPv4Address("TCP", "192.0.2.1", 7000)

    def getHost(self) -> IPv4Address:
        """Always the same address."""
        return IPv4Address("TCP", "192.0.2.2", 40000)


class Pipe:
    """C{client} and C{server}, joined."""

    def __init__(self, capacity: int | None = None, datagramSize: int = 0) -> None:
        """
        @param capacity: of both ends.
        @param datagramSize: of the longest datagram beside the bytes; 0 where there are none.
        """
        self.client, self.server = End(capacity, datagramSize), End(capacity, datagramSize)
        self.client.other, self.server.other = self.server, self.client

    def pump(self, cuts: Iterator[int] | None = None) -> bool:
        """
        Carry bytes both ways until nothing moves any more.

        @param cuts: how many bytes each step carries at most.
        @return: whether anything moved.
        """
        cuts = cuts or repeat(1 << 16)
        ever, moved = False, True
        while moved:
            moved = self.server.take(next(cuts))
            moved = self.client.take(next(cuts)) or moved
            moved = self.client.takeBeside() or self.server.takeBeside() or moved
            ever = ever or moved
        return ever
