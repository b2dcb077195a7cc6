"""What comes for the protocol of a stream, in its order, also while it is paused."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol
from twisted.python.failure import Failure

from frp.logs import Log

__all__ = ["DONE", "GONE", "Telling"]

#: Received pieces are joined up to this size while they are held.
CRUMBS = 1024

#: Why a stream has ended that both sides have closed.
DONE = Failure(ConnectionDone())

#: What is held of the peer's end. No piece is empty.
_END = b""


class _Gone:
    """The protocol of a stream that has ended: takes what may still come, and says nothing."""

    def dataReceived(self, data: bytes) -> None:
        pass

    def connectionLost(self, reason: Failure) -> None:
        pass


GONE: Any = _Gone()


class _Session(Protocol):
    @property
    def log(self) -> Log: ...


class Telling:
    """
    A base of the streams of a session, whatever the session is: a tunnel holds a stream for every idle user, and a part
    would cost more than what is in it.

    @ivar protocol: what receives; may be replaced at any time.
    @ivar disconnecting: we have closed it: what comes is thrown away.
    """

    if TYPE_CHECKING:

        def _endProducer(self) -> None: ...  # that of a L{Slot<frp.session.producers.Slot>}
    else:  # mypy takes it that what derives from this has no more than these
        __slots__ = ()

    protocol: IProtocol
    disconnecting: bool
    _session: _Session
    _held: deque[bytes] | None  # received while paused
    _paused: bool
    _closing: bool  # nothing more is written
    _readEnded: bool

    def _handOn(self, piece: bytes) -> None:
        """Give the protocol bytes that have come."""
        raise NotImplementedError

    def _endsToo(self) -> bool:
        """Whether the peer knows that nothing more comes from us, either."""
        raise NotImplementedError

    def _putAway(self) -> None:
        """It is over: whatever is kept goes, and the session hears of it."""
        raise NotImplementedError

    def loseConnection(self, _reason: object = None) -> None:
        raise NotImplementedError

    def abortConnection(self) -> None:
        raise NotImplementedError

    def _hold(self, piece: bytes) -> None:
        """Keep what came while we are paused. Crumbs are joined, or each would cost more than it holds."""
        if self._held is None:
            self._held = deque()
        if piece and self._held and len(self._held[-1]) + len(piece) <= CRUMBS:
            piece = self._held.pop() + piece
        self._held.append(piece)

    def _holdFirst(self, piece: bytes) -> None:
        """Keep what was handed on, and is given back."""
        if self._held is None:
            self._held = deque()
        self._held.appendleft(piece)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        if self.disconnecting:
            return
        self._paused = False
        held = self._held
        while held and not self._paused:
            piece = held.popleft()
            if piece:
                self._handOn(piece)
            else:
                self._endOfRead()
        if not self._held and not self._paused:
            self._held = None

    def _endReading(self) -> None:
        """The peer sends no more: the protocol hears of it behind what is held."""
        if self._held or self._paused:
            self._hold(_END)
        else:
            self._endOfRead()

    def _deliver(self) -> None:
        """Give the protocol what is held, whether it wants a pause or not: nothing else will."""
        held, self._held = self._held, None
        while held and held[0] and not self.disconnecting:
            self._tell(self.protocol.dataReceived, held.popleft())

    def _heardEnd(self) -> None:
        """The peer has ended its direction, and the protocol hears of it now."""
        self._readEnded = True

    def _endOfRead(self) -> None:
        """The protocol has received all."""
        if self.disconnecting:
            return
        self._heardEnd()
        halfCloseable = IHalfCloseableProtocol(self.protocol, None)
        if halfCloseable is None:
            self.loseConnection()
            return
        self._tell(halfCloseable.readConnectionLost)
        if self._endsToo():
            self._lost(DONE)

    def sessionLost(self, reason: Failure) -> None:
        """The stream is gone. What was received still belongs to the protocol."""
        self._closing = True
        self._deliver()
        self._lost(reason)

    def _lost(self, reason: Failure) -> None:
        """Tell the protocol, once."""
        protocol, self.protocol = self.protocol, GONE
        self.disconnecting = self._closing = self._paused = True
        self._held = None
        self._putAway()
        self._tell(self._endProducer)
        if protocol is not GONE:
            self._tell(protocol.connectionLost, reason)

    def _tell(self, call: Callable[..., object], *args: object) -> None:
        """Call something of the protocol or the producer, whose mistakes are its own."""
        try:
            call(*args)
        except Exception:
            self.failed()

    def failed(self) -> None:
        """The protocol raised: a bug of ours or of a plugin. Only this stream ends."""
        self._session.log.failure("a protocol failed on {stream}", stream=self)
        self.abortConnection()
