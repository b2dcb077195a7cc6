"""
A TCP connection in memory, and the faults it may have.

Its ends keep the promises of L{twisted.internet.tcp}, its oddities too: an abort is heard of in a later turn, a paused
transport does not notice the end of its peer, and one that is resumed after the end hears of it again.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, ITCPTransport
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IStream
from frp.session.unmultiplexed import Unmultiplexed

if TYPE_CHECKING:
    from frp.testing.memory import MemoryReactor

__all__ = ["CAPACITY", "End", "Link"]

#: How many bytes are under way in one direction before the sender has to wait: as the buffers of the system are.
CAPACITY = 256 * 1024

#: How many bytes one read gives at most, and how many may be queued before a producer is paused: Twisted's numbers.
READ = WAITING = 64 * 1024

_log = Logger()
_FIN, _RST = b"", None


class Link:
    """
    A connection, and the faults it may have.

    @ivar port: that was dialled.
    @ivar client: the end that dialled; @ivar server: the end that listened.
    @ivar delay: seconds that bytes are under way. May be changed at any time; bytes do not overtake each other.
    @ivar piece: how many bytes arrive at a time, at most: 1 shows every codec that counts on more.
    """

    def __init__(self, reactor: MemoryReactor, near: IPv4Address, far: IPv4Address) -> None:
        self.reactor = reactor
        self.port = far.port
        self.delay = 0.0
        self.piece = READ
        self.silent = False
        self.client = End(self, near, far)
        self.server = End(self, far, near)
        self.client.other, self.server.other = self.server, self.client

    def __repr__(self) -> str:
        return f"<link {self.client.getHost().port} to {self.port}>"

    @property
    def open(self) -> bool:
        """Whether an end of it is still held by somebody."""
        return self.client.connected or self.server.connected

    def cut(self) -> None:
        """Both ends learn at once that the connection is lost."""
        for end in (self.client, self.server):
            end.connectionLost(Failure(ConnectionLost("the link was cut")))

    def silence(self) -> None:
        """Make it half-open: nothing arrives any more, neither bytes nor ends, and nobody is told."""
        self.silent = True

    def heal(self) -> None:
        """What was swallowed arrives, and all is as before."""
        self.silent = False
        for end in (self.client, self.server):
            end.wake()


@implementer(ITCPTransport, IStream)
class End(Unmultiplexed):
    """
    One end of a L{Link}: the transport of a protocol.

    @ivar protocol: what receives; may be replaced.
    @ivar connected: whether connectionLost has not been called yet.
    @ivar received: how many bytes its protocol has got.
    @ivar says: how many bytes it may still write before nothing of it arrives any more, not even its end.
    """

    other: End

    def __init__(self, link: Link, host: IPv4Address, peer: IPv4Address) -> None:
        self.protocol: Any = None
        self.connected = False
        self.disconnecting = False
        self.received = 0
        self.says = sys.maxsize
        self._link = link
        self._host = host
        self._peer = peer
        self._readEnded = False
        self._aborting = False
        self._queue: deque[bytes] = deque()  # written, and not yet under way
        self._queued = 0
        self._writeEnding = False
        self._writeEnded = False
        self._producer: Any = None
        self._streaming = True
        self._producerPaused = False
        self._coming: deque[tuple[float, bytes | None]] = deque()  # under way to us, and when it arrives
        self._size = 0  # of the bytes in it
        self._resetComing = False  # a reset is the last thing in it
        self._waking: IDelayedCall | None = None

    def __repr__(self) -> str:
        return f"<end {self._host.port} of a connection with {self._peer.port}>"

    @property
    def queued(self) -> int:
        """How many bytes were written and are not under way yet."""
        return self._queued

    def begin(self, protocol: Any) -> None:
        """The connection is made."""
        self.connected = True
        self.protocol = protocol
        protocol.makeConnection(self)
        self.wake()

    # Sending

    def write(self, data: bytes) -> None:
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"bytes are written, not {type(data).__name__}")
        if not data or not self.connected or self._writeEnded:
            return
        if self._resetComing:
            self._later(self._reset)
            return
        self._queue.append(bytes(data))
        self._queued += len(data)
        self._flush()
        if self._producer is not None and self._streaming and self._queued > WAITING:
            self._producerPaused = True
            self._producer.pauseProducing()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        for data in iovec:
            self.write(data)

    def _flush(self) -> None:
        """Put under way what there is room for."""
        queue, other = self._queue, self.other
        while queue and other._size < CAPACITY:
            data = queue.popleft()
            room = CAPACITY - other._size
            if len(data) > room:
                queue.appendleft(data[room:])
            data = data[:room]
            self._queued -= len(data)
            self._say(data)

    def _say(self, item: bytes | None) -> None:
        """Put bytes, the end, or a reset under way."""
        if item:
            item = item[: self.says]
            self.says -= len(item)
            if item:
                self.other._comes(item)
        elif self.says:
            self.other._comes(item)

    def drained(self) -> None:
        """There is room again, or there is something to do once all is under way."""
        if not self.connected:
            return
        self._flush()
        if self._queue:
            return
        if self._producer is not None and (self._producerPaused or not self._streaming):
            self._producerPaused = False
            self._producer.resumeProducing()
        elif self.disconnecting:
            self.connectionLost(Failure(ConnectionDone()))
        elif self._writeEnding and not self._writeEnded:
            self._writeEnded = True
            self._say(_FIN)
            half = IHalfCloseableProtocol(self.protocol, None)
            if half is not None:
                half.writeConnectionLost()

    def _later(self, call: Callable[[], None]) -> None:
        self._link.reactor.callLater(0, call)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        if self._producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {self._producer!r}")
        if not self.connected:
            producer.stopProducing()
            return
        self._producer = producer
        self._streaming = streaming
        self._producerPaused = False
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self._producer = None
        if self.connected and (self.disconnecting or self._writeEnding):
            self._later(self.drained)

    # Receiving

    def _comes(self, item: bytes | None) -> None:
        """Bytes, the end, or a reset is on its way to us."""
        if not self.connected and self.protocol is not None:
            # The system answers for a program that has closed.
            if item and self.other.connected:
                self._say(_RST)
            return
        last = self._coming[-1][0] if self._coming else 0.0
        self._coming.append((max(last, self._link.reactor.seconds() + self._link.delay), item))
        self._size += len(item or b"")
        self._resetComing = self._resetComing or item is _RST
        self.wake()

    def wake(self) -> None:
        """Look for what has arrived, as soon as it does."""
        if self._coming and self._waking is None and self.connected:
            now = self._link.reactor.seconds()
            self._waking = self._link.reactor.callLater(max(0.0, self._coming[0][0] - now), self._arrived)

    def _arrived(self) -> None:
        self._waking = None
        if not self.connected or self._link.silent or not self._coming:
            return
        if self._aborting or self._coming[0][0] > self._link.reactor.seconds():
            return
        resets = self._resetComing and self._coming[-1][0] <= self._link.reactor.seconds()
        if resets and not self._reading and not self._queue:
            return  # the system knows, and nobody asks it
        if resets:
            self._reset()
            return
        if not self._reading:
            return
        when, item = self._coming.popleft()
        if item == _FIN:
            self._readEnded = True
            self._endOfRead()
        elif item is not None:
            piece = self._link.piece
            if len(item) > piece:
                self._coming.appendleft((when, item[piece:]))
                item = item[:piece]
            self._size -= len(item)
            self._read(item)
            if self.other.connected:
                self.other._later(self.other.drained)
        self.wake()

    @property
    def _reading(self) -> bool:
        return not self._paused and not self.disconnecting

    def _read(self, data: bytes) -> None:
        self.received += len(data)
        try:
            self.protocol.dataReceived(data)
        except Exception:
            _log.failure("Unhandled Error")
            self.connectionLost(Failure())

    def _endOfRead(self) -> None:
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(Failure(ConnectionDone()))
        else:
            half.readConnectionLost()

    @property
    def closed(self) -> bool:
        return not self.connected or self.disconnecting or self._aborting

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        if not self.connected or self.disconnecting:
            return
        self._paused = False
        if self._unread:
            self._putBack()
            if self._paused:
                return
        if self._readEnded:
            self._later(self._again)
        else:
            self.wake()

    def _again(self) -> None:
        if self.connected and self._reading:
            self._endOfRead()

    def stopProducing(self) -> None:
        self.loseConnection()

    # Ending

    def loseConnection(self) -> None:
        if self.connected and not self.disconnecting:
            self.disconnecting = True
            self._later(self.drained)

    def loseWriteConnection(self) -> None:
        if self.connected and not self._writeEnding:
            self._writeEnding = True
            self._later(self.drained)

    def abortConnection(self) -> None:
        if self.connected and not self._aborting:
            self._aborting = self._paused = True
            self._queue.clear()
            self._later(lambda: self.connectionLost(Failure(ConnectionAborted())))

    def _reset(self) -> None:
        self.connectionLost(Failure(ConnectionLost()))

    def connectionLost(self, reason: Failure) -> None:
        """It is over for this end."""
        if not self.connected:
            return
        if self._unread:
            self._putBack()
        self.connected = False
        unread = bool(self._size)
        self._coming.clear()
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        if self._aborting or unread:
            self._say(_RST)
        elif not self._writeEnded:
            self._say(_FIN)
        self._link.reactor.closed(self._link)
        self.protocol.connectionLost(reason)

    # Facts

    def getHost(self) -> IPv4Address:
        return self._host

    def getPeer(self) -> IPv4Address:
        return self._peer

    def getTcpNoDelay(self) -> bool:
        return True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """There is no delay to turn off."""

    def getTcpKeepAlive(self) -> bool:
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Nobody probes."""
