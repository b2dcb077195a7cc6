"""
One yamux stream, as the Twisted transport that it is.

Windows. What the peer may still send is C{receiveWindow}; bytes are given back to it when the protocol has taken them,
in steps of half the window. A protocol that pauses us therefore holds up its own peer and nobody else: the carrier is
never paused for one stream.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.interfaces.ending import Ending
from frp.session.pace import SMALLEST_SAMPLE, Pace
from frp.wire.yamux import INITIAL_WINDOW, Flag, Type, dataHeader, header

if TYPE_CHECKING:
    from frp.session.muxed import MuxedSession

__all__ = ["MAX_QUEUE", "MAX_WINDOW", "MuxedStream"]

T = TypeVar("T")

#: What a stream that is in use lets its peer send ahead, as the reference does.
MAX_WINDOW = 6 * 1024 * 1024

#: Taken bytes are given back in steps of this size; a peer that paces itself (L{frp.session.pace}) can do so the better
#: the smaller they are.
GIVE_BACK = 256 * 1024

#: Received pieces are joined up to this size while they are held.
CRUMBS = 1024

#: What a protocol without a producer may write ahead of the peer before its stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024


class State(Enum):
    """Which directions are open."""

    OPEN = "open"
    #: We have sent FIN; the peer may still send.
    LOCAL_CLOSED = "local closed"
    #: The peer has sent FIN; we may still send.
    REMOTE_CLOSED = "remote closed"
    CLOSED = "closed"


#: The state after our FIN, and after the peer's. What is missing is forbidden.
_AFTER_OUR_FIN = {State.OPEN: State.LOCAL_CLOSED, State.REMOTE_CLOSED: State.CLOSED}
_AFTER_PEER_FIN = {State.OPEN: State.REMOTE_CLOSED, State.LOCAL_CLOSED: State.CLOSED}


@implementer(IStream)
class MuxedStream:
    """
    A logical connection in a L{MuxedSession<frp.session.muxed.MuxedSession>}.

    C{connectionLost} comes within the call that closes the stream, not in a later turn of the reactor; a protocol that
    closes its transport must be ready for it.

    @ivar id: the number of the stream on the wire.
    @ivar protocol: what receives; may be replaced at any time.
    @ivar receiveWindow: how many bytes the peer may still send.
    @ivar resets: what comes after we have closed is answered with a reset. Only for a peer that keeps what it has
        received when it is reset; the reference drops it.
    @ivar peerEnded: the peer has said that it sends no more.
    @ivar openedAt: when we opened it, by the session's clock; None where the peer did.
    @ivar closedAt: when our side was closed for good, by the session's clock; None before.
    """

    source: IPv4Address | IPv6Address | None = None
    destination: IPv4Address | IPv6Address | None = None
    serverName = ""
    chosen = b""
    halfClose = True

    # A tunnel holds one of these for every idle user.
    __slots__ = (
        "__weakref__",
        "_ahead",
        "_closing",
        "_eof",
        "_granted",
        "_held",
        "_limit",
        "_pace",
        "_paused",
        "_producer",
        "_producerPaused",
        "_queue",
        "_queued",
        "_send",
        "_sendGranted",
        "_sendWindow",
        "_session",
        "_state",
        "_taken",
        "acknowledged",
        "closedAt",
        "disconnecting",
        "id",
        "openedAt",
        "peerEnded",
        "protocol",
        "receiveWindow",
        "resets",
    )

    def __init__(self, session: MuxedSession, id: int, protocol: Any, ahead: bytes, limit: int) -> None:
        self.id = id
        self.protocol = protocol
        self.receiveWindow = limit
        self.resets = False
        self.acknowledged = False
        self.openedAt: float | None = None
        self.closedAt: float | None = None
        self.peerEnded = False
        self.disconnecting = False
        self._session = session
        self._send = session.send
        self._state = State.OPEN
        self._limit = limit  # the window we offer
        self._granted = limit  # all that the peer was ever allowed to send
        self._taken = 0  # taken by the protocol and not yet given back
        self._held: deque[bytes] | None = None  # received while paused
        self._eof = False  # the peer's FIN has come, behind what is held
        self._paused = False
        self._sendWindow = INITIAL_WINDOW
        self._sendGranted = INITIAL_WINDOW
        self._pace: Pace | None = None  # made when there is something to learn
        self._ahead = ahead  # frames that ride in front of the next write
        self._queue: deque[bytes] | None = None  # written, and waiting for the window or the carrier
        self._queued = 0
        self._closing = False  # FIN follows the queue
        self._producer: Any = None
        self._producerPaused = False

    def __repr__(self) -> str:
        return f"<stream {self.id} of {self._session!r}, {self._state.value}>"

    # Sending

    def write(self, data: bytes) -> None:
        """As L{ITransport.write<twisted.internet.interfaces.ITransport.write>}."""
        size = len(data)
        if size <= self._sendWindow and self._queue is None and not self._session.blocked and not self._closing:
            self._sendWindow -= size
            if self._ahead:
                self._send(self._ahead + dataHeader(self.id, size), data)
                self._ahead = b""
            elif size:
                self._send(dataHeader(self.id, size), data)
        elif size and not self._closing:
            self._enqueue(data)

    def writeSequence(self, pieces: Any) -> None:
        """As L{ITransport.writeSequence<twisted.internet.interfaces.ITransport.writeSequence>}."""
        self.write(b"".join(pieces))

    def writeVector(self, head: bytes, body: bytes) -> None:
        """As L{IStream.writeVector<frp.interfaces.IStream.writeVector>}."""
        self.write(head + body)

    def release(self) -> tuple[IStream, Ending | None]:
        """As L{IStream.release<frp.interfaces.IStream.release>}: nothing can be spared."""
        return self, None

    def keepAlive(self, seconds: int) -> None:
        """The session asks by itself whether the peer lives."""

    def announce(self) -> None:
        """Send what waits for a first write that did not come."""
        if self._ahead:
            self._session.sendControl(self._ahead)
            self._ahead = b""

    def _enqueue(self, data: bytes) -> None:
        if self._queue is None:
            self._queue = deque()
            if self._session.blocked:
                self._session.stalled(self)
        self._queue.append(data)
        self._queued += len(data)
        # What the window still takes goes now: the peer gives nothing back before it has had something.
        self.flush()
        if self._queue is None:
            return
        if self._producer is not None:
            if not self._producerPaused:
                self._producerPaused = True
                self._producer.pauseProducing()
        elif self._queued > MAX_QUEUE:
            self._session.log.warn(
                "{stream} is dropped: {size} bytes wait for a peer that does not take them",
                stream=self,
                size=self._queued,
            )
            self.abortConnection()

    def flush(self) -> None:
        """Send from the queue what the window and the carrier take."""
        queue = self._queue
        if queue is None:
            return
        while queue:
            if self._session.blocked:
                self._session.stalled(self)
                return
            window = self._sendWindow
            if window <= 0:
                return
            data = queue.popleft()
            if len(data) > window:
                queue.appendleft(data[window:])
                data = data[:window]
            size = len(data)
            self._queued -= size
            self._sendWindow = window - size
            self._send(self._ahead + dataHeader(self.id, size), data)
            self._ahead = b""
        self._queue = None
        if self._closing:
            self._finish()
        elif self._producerPaused:
            self._producerPaused = False
            self._tell(self._producer.resumeProducing)

    def windowUpdated(self, delta: int) -> None:
        """The peer lets us send C{delta} more bytes."""
        self._sendWindow += delta
        self._sendGranted += delta
        if delta >= SMALLEST_SAMPLE:
            self._reconsider(delta)
        if self._queue is not None:
            self.flush()

    def _reconsider(self, delta: int) -> None:
        pace = self._pace
        if pace is None:
            pace = self._pace = Pace()
        session = self._session
        before = pace.reserve
        after = pace.credited(delta, self._sendWindow + before, session.clock.seconds(), session.roundTrip)
        self._sendWindow += before - after

    def together(self, act: Callable[[], T]) -> T:
        """As L{MuxedSession.together<frp.session.muxed.MuxedSession.together>}."""
        return self._session.together(act)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """As L{IConsumer.registerProducer<twisted.internet.interfaces.IConsumer.registerProducer>}."""
        if self._producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {self._producer!r}")
        if self._state is State.CLOSED or self._closing:
            producer.stopProducing()
            return
        if not streaming:
            producer = _PullToPush(producer, self)
        self._producer = producer
        self._producerPaused = False
        if not streaming:
            producer.startStreaming()
        elif self._queue is not None:
            self._producerPaused = True
            producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """As L{IConsumer.unregisterProducer<twisted.internet.interfaces.IConsumer.unregisterProducer>}."""
        producer, self._producer = self._producer, None
        self._producerPaused = False
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()

    # Receiving

    def bodyReceived(self, piece: bytes) -> None:
        """Bytes of the peer, within its window."""
        if self._paused:
            if not self.disconnecting:
                self._hold(piece)
            elif self.resets and self._state is State.LOCAL_CLOSED:
                self.abortConnection()
            return
        self.protocol.dataReceived(piece)
        self._taken = taken = self._taken + len(piece)
        if taken >= GIVE_BACK or taken + taken >= self._limit:
            self._giveBack()

    def _hold(self, piece: bytes) -> None:
        """Keep what came while we are paused. Crumbs are joined, or each would cost more than it holds."""
        if self._held is None:
            self._held = deque()
        if self._held and len(self._held[-1]) + len(piece) <= CRUMBS:
            piece = self._held.pop() + piece
        self._held.append(piece)

    def unread(self, data: bytes) -> None:
        """
        Put back the end of what was received last. It is the first that comes when the stream, which is paused by this,
        is resumed.
        """
        self._paused = True
        if data and not self.disconnecting:
            self._taken -= len(data)
            if self._held is None:
                self._held = deque()
            self._held.appendleft(data)

    def _giveBack(self) -> None:
        """Let the peer send again what the protocol has taken."""
        if not self.peerEnded and not self.disconnecting:
            self.receiveWindow += self._taken
            self._granted += self._taken
            self._session.sendControl(self._ahead + header(Type.WINDOW_UPDATE, 0, self.id, self._taken))
            self._ahead = b""
        self._taken = 0

    def widen(self) -> None:
        """The stream is in use from now on: offer the full window. The frame rides in front of the next write."""
        delta = MAX_WINDOW - self._limit
        if delta:
            self._limit = MAX_WINDOW
            self.receiveWindow += delta
            self._granted += delta
            self._ahead += header(Type.WINDOW_UPDATE, 0, self.id, delta)

    def pauseProducing(self) -> None:
        """As L{IPushProducer.pauseProducing<twisted.internet.interfaces.IPushProducer.pauseProducing>}."""
        self._paused = True

    def resumeProducing(self) -> None:
        """As L{IPushProducer.resumeProducing<twisted.internet.interfaces.IPushProducer.resumeProducing>}."""
        if self.disconnecting:
            return
        self._paused = False
        held = self._held
        while held and not self._paused:
            self._tell(self.bodyReceived, held.popleft())
        if held or self._paused:
            return
        self._held = None
        if self._eof:
            self._eof = False
            self._endOfRead()

    def stopProducing(self) -> None:
        """As L{IPushProducer.stopProducing<twisted.internet.interfaces.IPushProducer.stopProducing>}."""
        self.loseConnection()

    # Ending

    def finReceived(self) -> None:
        """
        The peer sends no more.

        @raise RemoteWireError: it has said so before.
        """
        after = _AFTER_PEER_FIN.get(self._state)
        if after is None:
            raise RemoteWireError("yamux FIN twice", f"the peer ended stream {self.id} twice")
        self._state = after
        self.peerEnded = True
        if after is State.CLOSED:
            self._session.forget(self)
        if self._held or self._paused:
            self._eof = True
        else:
            self._endOfRead()

    def _endOfRead(self) -> None:
        if self.disconnecting:
            return
        halfCloseable = IHalfCloseableProtocol(self.protocol, None)
        if halfCloseable is None:
            self.loseConnection()
            return
        self._tell(halfCloseable.readConnectionLost)
        if self._state is State.CLOSED:
            self._lost(Failure(ConnectionDone()))

    def loseWriteConnection(self) -> None:
        """As L{IStream.loseWriteConnection<frp.interfaces.IStream.loseWriteConnection>}."""
        if self._closing:
            return
        self._closing = True
        if self._queue is None:
            self._finish()

    def _finish(self) -> None:
        """The queue is empty: FIN."""
        after = _AFTER_OUR_FIN.get(self._state)
        if after is not None:
            self._state = after
            self._session.sendControl(self._ahead + header(Type.WINDOW_UPDATE, Flag.FIN, self.id, 0))
            self._ahead = b""
            if after is State.CLOSED:
                self._session.forget(self)
            self._session.flushed(self)
        if self.disconnecting or (self._state is State.CLOSED and not self._eof):
            self._lost(Failure(ConnectionDone()))

    def loseConnection(self, _reason: object = None) -> None:
        """
        As L{ITransport.loseConnection<twisted.internet.interfaces.ITransport.loseConnection>}: flush, then FIN; what
        comes after is thrown away.
        """
        if self.disconnecting:
            return
        self.disconnecting = True
        self.closedAt = self._session.clock.seconds()
        self._held = None
        self._paused = True
        self._closing = True
        if self._queue is None:
            self._finish()
        if self._state is not State.CLOSED:
            self._session.lingers(self)

    def abortConnection(self) -> None:
        """As L{IStream.abortConnection<frp.interfaces.IStream.abortConnection>}."""
        if self._state is not State.CLOSED:
            self._state = State.CLOSED
            if self.openedAt is None or not self._ahead:
                self._session.sendControl(header(Type.WINDOW_UPDATE, Flag.RST, self.id, 0))
            self._ahead = b""  # a stream that was not announced never was
            self._session.forget(self)
        self._lost(Failure(ConnectionAborted()))

    def resetReceived(self) -> None:
        """The peer dropped the stream. What was received still belongs to the protocol."""
        self._state = State.CLOSED
        self._session.forget(self)
        self._deliver()
        self._lost(Failure(ConnectionLost("the peer reset the stream")))

    def failed(self) -> None:
        """The protocol raised: a bug of ours or of a plugin. Only this stream ends."""
        self._session.log.failure("a protocol failed on {stream}", stream=self)
        self.abortConnection()

    def _tell(self, call: Callable[..., object], *args: object) -> None:
        """Call something of the protocol or the producer, whose mistakes are its own."""
        try:
            call(*args)
        except Exception:
            self.failed()

    def sessionLost(self, reason: Failure) -> None:
        """The carrier is gone. What was received still belongs to the protocol."""
        self._state = State.CLOSED
        self._deliver()
        self._lost(reason)

    def _deliver(self) -> None:
        """Give the protocol what is held, whether it wants a pause or not: nothing else will."""
        self._closing = True
        held, self._held = self._held, None
        while held and not self.disconnecting:
            self._tell(self.protocol.dataReceived, held.popleft())

    def _lost(self, reason: Failure) -> None:
        """Tell the protocol, once."""
        protocol, self.protocol = self.protocol, _GONE
        self.disconnecting = self._closing = self._paused = True
        self._queue = self._held = None
        self._queued = 0
        producer, self._producer = self._producer, None
        if producer is not None:
            self._tell(producer.stopProducing)
        if protocol is not _GONE:
            self._tell(protocol.connectionLost, reason)

    # Facts

    @property
    def queued(self) -> int:
        """How many bytes wait for the window or the carrier."""
        return self._queued

    @property
    def closed(self) -> bool:
        """As L{IStream.closed<frp.interfaces.IStream>}."""
        return self.disconnecting

    @property
    def lossless(self) -> bool:
        """As L{IStream.lossless<frp.interfaces.IStream>}."""
        return self.resets and not self._queued

    def counts(self) -> tuple[int, int]:
        """As L{IStream.counts<frp.interfaces.IStream.counts>}."""
        return self.bytesSent, self.bytesReceived

    @property
    def bytesReceived(self) -> int:
        """How many bytes the peer has sent."""
        return self._granted - self.receiveWindow

    @property
    def bytesSent(self) -> int:
        """How many bytes went to the peer."""
        return self._sendGranted - self._sendWindow - (self._pace.reserve if self._pace is not None else 0)

    def getPeer(self) -> IPv4Address | IPv6Address:
        """The address of the carrier's other end."""
        return self._session.getPeer()

    def getHost(self) -> IPv4Address | IPv6Address:
        """The address of the carrier's end here."""
        return self._session.getHost()


class _Gone:
    """The protocol of a stream that has ended: takes what may still come, and says nothing."""

    def dataReceived(self, data: bytes) -> None:
        pass

    def connectionLost(self, reason: Failure) -> None:
        pass


_GONE = _Gone()
