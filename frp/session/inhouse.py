"""
A client that lives in frps, and its session: streams in memory, with nothing to encode and nobody to wait for.

What one end writes, the other receives within the same call. As from a network, nothing comes within a call that asks
for it: streams are opened, and answers to what is being written come, in the next turn of the reactor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, LocalWireError, RemoteWireError, TunnelLost
from frp.interfaces import ISession, IStream
from frp.logs import Log
from frp.session.multiplexed import Multiplexed
from frp.session.producers import Slot
from frp.session.telling import DONE, Telling

__all__ = ["FULL", "MAX_QUEUE", "InHouseSession", "InHouseStream"]

T = TypeVar("T")

#: Bytes that an end holds for its protocol when whoever writes to it is paused.
FULL = 64 * 1024

#: The same when who writes cannot be paused, and the stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024

_ABORTED = Failure(ConnectionAborted())


@implementer(IStream)
class InHouseStream(Slot, Telling, Multiplexed):
    """One end of a connection in memory. As with yamux, C{connectionLost} comes within the call that closes it."""

    resets = False
    lossless = True  # what was written is with the other end
    other: InHouseStream

    def __init__(self, session: InHouseSession, protocol: IProtocol) -> None:
        self.protocol = protocol
        self.disconnecting = False
        self._session: InHouseSession = session
        self._held = None
        self._waiting = 0  # bytes of what is held
        self._paused = False
        self._closing = False  # nothing more is written
        self._readEnded = False  # the protocol knows that nothing more comes
        self._writing = False  # we are within a write
        self._delayed = False  # what is held comes in the next turn

    def __repr__(self) -> str:
        return f"<stream in memory, for {self._session!r}>"

    # Sending

    def write(self, data: bytes) -> None:
        if data and not self._closing:
            writing, self._writing = self._writing, True
            self.other.received(data)
            self._writing = writing

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def writeVector(self, head: bytes, body: bytes) -> None:
        self.write(head + body)

    def together(self, act: Callable[[], T]) -> T:
        return act()

    def _isFull(self) -> bool:
        return self.other._waiting > FULL

    def _takesNoMore(self) -> bool:
        return self._closing

    # Receiving

    def received(self, piece: bytes) -> None:
        """The other end writes."""
        if self.disconnecting:
            self.other.sessionLost(Failure(ConnectionLost("the other end has closed the stream")))
        elif self._paused or self._tooSoon():
            self._hold(piece)
            self._waiting += len(piece)
            if self._waiting > FULL:
                self._overfull()
        else:
            self._tell(self.protocol.dataReceived, piece)

    def _tooSoon(self) -> bool:
        """Whether what comes now has to wait for the next turn."""
        if self._writing and not self._delayed:
            self._delayed = True
            self._session.clock.callLater(0, self._flow)
        return self._delayed

    def _flow(self) -> None:
        self._delayed = False
        if not self._paused:
            self.resumeProducing()

    def _endReading(self) -> None:
        if self._tooSoon():
            self._hold(b"")
        else:
            super()._endReading()

    def _overfull(self) -> None:
        if self.other.producer is not None:
            self.other._holdProducer()
        elif self._waiting > MAX_QUEUE:
            self._session.log.warn("{stream} is dropped: {size} bytes wait", stream=self, size=self._waiting)
            self.abortConnection()

    def unread(self, data: bytes) -> None:
        self._paused = True
        if data and not self.disconnecting:
            self._holdFirst(data)
            self._waiting += len(data)

    def resumeProducing(self) -> None:
        if self._delayed:
            self._paused = self.disconnecting
            return
        super().resumeProducing()
        if self._waiting <= FULL:
            self.other._tell(self.other._freeProducer)

    def _handOn(self, piece: bytes) -> None:
        self._waiting -= len(piece)
        self._tell(self.protocol.dataReceived, piece)

    def _endsToo(self) -> bool:
        return self._closing

    # Ending

    def loseWriteConnection(self) -> None:
        if not self._closing:
            self._closing = True
            self.other._endReading()
            if self._readEnded:
                self._lost(DONE)

    def loseConnection(self, _reason: object = None) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self.loseWriteConnection()
            self._lost(DONE)
            self.other._tell(self.other._freeProducer)

    def abortConnection(self) -> None:
        self._lost(_ABORTED)
        self.other.sessionLost(Failure(ConnectionLost("the other end has reset the stream")))

    def _putAway(self) -> None:
        self._waiting = 0
        self._session.forget(self)

    # Facts

    def widen(self) -> None:
        """There is no window."""

    def counts(self) -> None:
        """Nothing is counted."""

    def roundTrip(self) -> float:
        return self._session.roundTrip()


@implementer(ISession)
class InHouseSession:
    """
    Both ends of a session in memory. The client opens streams; whoever is in C{accept} answers them. Frps never opens
    any.

    @ivar accept: what L{IListenSite.admit<frp.interfaces.IListenSite.admit>} has said.
    """

    accept: IProtocolFactory

    def __init__(self, behind: Any, clock: IReactorTime, log: Log) -> None:
        """@param behind: the transport of whoever the client speaks for: its addresses are the session's."""
        self.lost: Deferred[BaseException] = Deferred()
        self.clock = clock
        self.log = log
        self._behind = behind
        self._streams: dict[InHouseStream, None] = {}
        self._error: FRPError | None = None

    def __repr__(self) -> str:
        return f"<session in memory for {self.getPeer().host}>"

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """@return: fires with the protocol."""
        if self._error is not None:
            return fail(self._error)
        opened: Deferred[IProtocol] = Deferred()
        self.clock.callLater(0, self._open, factory, opened)
        return opened

    def _open(self, factory: IProtocolFactory, opened: Deferred[IProtocol]) -> None:
        if opened.called:  # it was cancelled
            return
        try:
            if self._error is not None:
                raise self._error
            near, far = (self._end(side) for side in (factory, self.accept))
        except FRPError as error:
            opened.errback(error)
            return
        near.other, far.other = far, near
        protocol = near.protocol
        self._streams[far] = self._streams[near] = None
        far.protocol.makeConnection(far)
        protocol.makeConnection(near)
        opened.callback(protocol)

    def _end(self, factory: IProtocolFactory) -> InHouseStream:
        protocol = factory.buildProtocol(self.getPeer())
        if protocol is None:
            raise LocalWireError("nobody answers the stream")
        return InHouseStream(self, protocol)

    def forget(self, stream: InHouseStream) -> None:
        """It has ended."""
        self._streams.pop(stream, None)

    def breach(self, error: RemoteWireError) -> None:
        self.end(error)

    def end(self, error: FRPError) -> None:
        """All is over, because of this."""
        if self._error is None:
            self._error = error
            reason = Failure(error)
            for stream in list(self._streams):
                stream.sessionLost(reason)
            self.lost.callback(error)

    def close(self) -> None:
        """What was written is with the other ends already."""
        if self._error is None:
            for stream in list(self._streams):
                stream.loseConnection()
            self.end(TunnelLost("the session was closed"))

    def abort(self) -> None:
        self.end(TunnelLost("the session was dropped"))

    def roundTrip(self) -> float:
        return 0.0

    def getPeer(self) -> IPv4Address | IPv6Address:
        peer: IPv4Address | IPv6Address = self._behind.getPeer()
        return peer

    def getHost(self) -> IPv4Address | IPv6Address:
        host: IPv4Address | IPv6Address = self._behind.getHost()
        return host
