"""
Two raw transports in memory, joined by a pipe that cuts the bytes wherever the test wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IStream

__all__ = ["End", "Pipe"]


@implementer(IStream)
class End:
    """
    One raw transport.

    @ivar wire: what was written and is still on its way to the other end.
    @ivar writes: the size of every write.
    @ivar paused: whether it reads nothing.
    """

    def __init__(self) -> None:
        self.protocol: Any = None
        self.other: End = self
        self.wire = bytearray()
        self.writes: list[int] = []
        self.paused = self.disconnecting = self.aborted = self.lost = self.heardEnd = False
        self.producer: Any = None

    def write(self, data: bytes) -> None:
        if not self.disconnecting and not self.lost:
            self.writes.append(len(data))
            self.wire += data

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        self.disconnecting = True

    def loseWriteConnection(self) -> None:
        raise AssertionError("TLS says goodbye with close_notify, not with the carrier's half-close")

    def abortConnection(self) -> None:
        self.aborted = True
        self.lose(ConnectionAborted())

    def lose(self, reason: Exception) -> None:
        """The connection is gone, for this end."""
        if not self.lost:
            self.lost = True
            if self.producer is not None:
                self.producer.stopProducing()
            self.protocol.connectionLost(Failure(reason))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert self.producer is None, "one producer at a time"
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def stopProducing(self) -> None:
        self.loseConnection()

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.1", 7000)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.2", 40000)

    def take(self, most: int) -> bool:
        """Carry up to C{most} bytes from the other end, or its end. @return: whether anything happened."""
        if self.paused or self.lost or self.disconnecting:
            return self._finish()
        data = bytes(self.other.wire[:most])
        if data:
            del self.other.wire[: len(data)]
            self.protocol.dataReceived(data)
            return True
        if (self.other.lost or self.other.disconnecting) and not self.heardEnd:
            self.heardEnd = True
            half = IHalfCloseableProtocol(self.protocol, None)
            if half is not None and not self.other.aborted:
                half.readConnectionLost()
            else:
                self.lose(ConnectionDone())
            return True
        return False

    def _finish(self) -> bool:
        """Close once all is flushed."""
        if self.lost or not self.disconnecting or (self.wire and not self.other.lost and not self.other.disconnecting):
            return False
        self.lose(ConnectionDone())
        return True


class Pipe:
    """C{client} and C{server}, joined."""

    def __init__(self) -> None:
        self.client, self.server = End(), End()
        self.client.other, self.server.other = self.server, self.client

    def pump(self, cuts: Iterator[int] | None = None) -> None:
        """Carry bytes both ways until nothing moves any more."""
        cuts = cuts or repeat(1 << 16)
        moved = True
        while moved:
            moved = self.server.take(next(cuts))
            moved = self.client.take(next(cuts)) or moved
