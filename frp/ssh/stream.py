"""One user of an SSH client: a channel that we open, as the Twisted transport that it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionRefusedError
from twisted.internet.interfaces import IProtocol, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.deadline import Later
from frp.session.multiplexed import Multiplexed
from frp.session.producers import Slot
from frp.session.telling import DONE, Telling

__all__ = ["FULL", "MAX_QUEUE", "WINDOW", "Carrier", "SSHStream"]

T = TypeVar("T")

#: What a client may send ahead, and in one packet. These, and what clients offer, are the same in all implementations.
WINDOW = 2 * 1024 * 1024
MAX_PACKET = 32 * 1024

#: Who takes less in a packet makes us work for nothing.
MIN_PACKET = 1024

#: Seconds for the answer to a channel that we open.
OPEN_TIMEOUT = 10

#: The most that a window can hold.
_MOST = 0xFFFFFFFF

#: What is queued before a producer is paused.
FULL = 128 * 1024

#: What a protocol without a producer may write ahead of the client before its stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024

_ABORTED = Failure(ConnectionAborted())


class Carrier(Protocol):
    """What a stream asks of the connection."""

    @property
    def clock(self) -> IReactorTime: ...

    @property
    def log(self) -> Log: ...

    @property
    def blocked(self) -> bool: ...

    def stalled(self, stream: SSHStream) -> None: ...

    def sendPieces(self, stream: SSHStream, pieces: list[bytes]) -> None: ...

    def sendEOF(self, channel: SSHStream) -> None: ...

    def sendClose(self, channel: SSHStream) -> None: ...

    def adjustWindow(self, channel: SSHStream, bytesToAdd: int) -> None: ...

    def forget(self, stream: SSHStream) -> None: ...

    def together(self, act: Callable[[], T]) -> T: ...

    def roundTrip(self) -> float: ...

    def getPeer(self) -> IPv4Address | IPv6Address: ...

    def getHost(self) -> IPv4Address | IPv6Address: ...


@implementer(IStream)
class SSHStream(Slot, Telling, Multiplexed):
    """
    What is written before the client has answered waits in the queue. As with yamux, C{connectionLost} comes within the
    call that closes the stream, if there is nothing left to send.

    To Twisted's L{SSHConnection<twisted.conch.ssh.connection.SSHConnection>} it is a channel: what that asks of one is
    here under the names that it has there.

    @ivar opened: the client has answered.
    """

    resets = False
    lossless = False

    name = b"forwarded-tcpip"
    localWindowSize = WINDOW
    localMaxPacket = MAX_PACKET
    specificData = b""

    def __init__(self, carrier: Carrier, protocol: IProtocol) -> None:
        self.protocol = protocol
        self.disconnecting = False
        self.opened = False
        # Twisted's part of a channel.
        self.id: Any = None
        self.conn: Any = carrier
        self.localWindowLeft = WINDOW
        self.remoteWindowLeft = self.remoteMaxPacket = 0
        self.localClosed = self.remoteClosed = False
        self._session: Carrier = carrier
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._taken = 0  # bytes that the protocol has had, and the client does not know of
        self._held = None
        self._paused = False
        self._closing = False  # nothing more is written
        self._ended = False  # the client knows it
        self._readEnded = False  # the client has said the same, and the protocol knows
        self._answer = Later(carrier.clock)
        self._answer.set(OPEN_TIMEOUT, self._unanswered)

    def __repr__(self) -> str:
        return f"<SSH channel {self.id} of {self._session!r}>"

    # Sending

    def write(self, data: bytes) -> None:
        if self._closing or not data:
            return
        self._queue.append(data)
        self._queued += len(data)
        self.flush()
        if self._queued > FULL:
            self._overfull()

    def _overfull(self) -> None:
        if self.producer is not None:
            self._holdProducer()
        elif self._queued > MAX_QUEUE:
            self._session.log.warn("{stream} is dropped: {size} bytes wait", stream=self, size=self._queued)
            self.abortConnection()

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def writeVector(self, head: bytes, body: bytes) -> None:
        self.write(head + body)

    def together(self, act: Callable[[], T]) -> T:
        return self._session.together(act)

    def flush(self) -> None:
        """Send what waits, as much as the window and the carrier take."""
        queue, session = self._queue, self._session
        if queue and not session.blocked:
            pieces = self._pieces()
            if pieces:
                session.sendPieces(self, pieces)
        if queue and self.remoteWindowLeft:
            session.stalled(self)
        if self._closing and not queue:
            self._finish()
        if self._producerHeld and self._queued <= FULL // 2:
            self._tell(self._freeProducer)

    def _pieces(self) -> list[bytes]:
        """Take from the queue what the window lets pass, cut to packets."""
        queue, most, window = self._queue, self.remoteMaxPacket, self.remoteWindowLeft
        pieces = []
        while queue and window:
            data = queue.popleft()
            size = min(most, window)
            if len(data) > size:
                queue.appendleft(data[size:])
                data = data[:size]
            window -= len(data)
            pieces.append(data)
        self._queued -= self.remoteWindowLeft - window
        self.remoteWindowLeft = window
        return pieces

    def _isFull(self) -> bool:
        return self._queued > FULL

    def _takesNoMore(self) -> bool:
        return self._closing

    # Receiving

    def received(self, data: bytes) -> None:
        """@raise RemoteWireError: the client does not keep to our window."""
        size = len(data)
        if size > self.localWindowLeft:
            raise RemoteWireError("ssh window", f"{size} bytes came, and {self.localWindowLeft} were allowed")
        self.localWindowLeft -= size
        if self.disconnecting or self._readEnded:
            return
        if self._paused:
            self._hold(data)
        else:
            self._handOn(data)

    def _handOn(self, piece: bytes) -> None:
        self._tell(self.protocol.dataReceived, piece)
        self._taken += len(piece)
        if self._taken >= WINDOW // 8:
            taken, self._taken = self._taken, 0
            if not self.disconnecting and not self._readEnded:
                self._session.adjustWindow(self, taken)

    def unread(self, data: bytes) -> None:
        self._paused = True
        if data and not self.disconnecting:
            self._taken -= len(data)
            self._holdFirst(data)

    def _endsToo(self) -> bool:
        return self._ended

    # What the client says, by Twisted's names

    def channelOpen(self, specificData: bytes) -> None:
        """@raise RemoteWireError: each piece would make too many packets."""
        self.opened = True
        self._answer.stop()
        if self.disconnecting and not self._queue:
            self._session.sendClose(self)
            return
        if self.remoteMaxPacket < MIN_PACKET:
            raise RemoteWireError("ssh packet", f"the client takes packets of {self.remoteMaxPacket} bytes only")
        self.remoteMaxPacket = min(self.remoteMaxPacket, MAX_PACKET)
        self.flush()

    def openFailed(self, reason: Exception) -> None:
        self.opened = self.localClosed = True
        self._answer.stop()
        self.sessionLost(Failure(ConnectionRefusedError(str(reason))))

    def _unanswered(self) -> None:
        self._session.log.info("{stream} is dropped: no answer within {seconds} s", stream=self, seconds=OPEN_TIMEOUT)
        self.abortConnection()

    def addWindowBytes(self, data: int) -> None:
        """@raise RemoteWireError: no window is so large."""
        self.remoteWindowLeft += data
        if self.remoteWindowLeft > _MOST:
            raise RemoteWireError("ssh window", f"the client offers a window of {self.remoteWindowLeft} bytes")
        if self._queue:
            self.flush()

    def eofReceived(self) -> None:
        if not self._readEnded:
            self._endReading()

    def closeReceived(self) -> None:
        """The client takes no more, and sends no more."""
        self._queue.clear()
        self._queued = 0
        self._closing = self._ended = True
        self._session.sendClose(self)
        if self.disconnecting or self._readEnded:
            self._lost(DONE)
        else:
            self._endReading()

    def extReceived(self, dataType: int, data: bytes) -> None:
        """There is no standard error in a connection."""

    def requestReceived(self, requestType: bytes, data: bytes) -> bool:
        """Clients ask nothing on these channels."""
        return False

    # Ending

    def loseWriteConnection(self) -> None:
        if not self._closing:
            self._closing = True
            self.flush()

    def _finish(self) -> None:
        """All that was written is sent."""
        if not self._ended and self.opened:
            self._ended = True
            self._session.sendEOF(self)
        if (self._ended or not self.opened) and (self.disconnecting or (self._readEnded and not self._held)):
            self._lost(DONE)

    def loseConnection(self, _reason: object = None) -> None:
        """Flush, then close; what comes after is thrown away."""
        if self.disconnecting:
            return
        self.disconnecting = self._paused = self._closing = True
        self._held = None
        self.flush()

    def abortConnection(self) -> None:
        self._lost(_ABORTED)

    def _putAway(self) -> None:
        self._answer.stop()
        self._ended = True
        self._queue.clear()
        self._queued = 0
        if self.opened:
            self._session.sendClose(self)
        self._session.forget(self)

    # Facts

    def widen(self) -> None:
        """The window is wide from the beginning, as clients expect."""

    def counts(self) -> None:
        """Nothing is counted."""

    def roundTrip(self) -> float:
        return self._session.roundTrip()
