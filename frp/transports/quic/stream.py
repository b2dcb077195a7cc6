"""One stream of QUIC, as the Twisted transport that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IDatagramsProtocol, IStream
from frp.logs import Log
from frp.session.multiplexed import Multiplexed
from frp.session.producers import Slot
from frp.session.telling import DONE, Telling
from frp.transports.quic.interfaces import IFlow, IFlowUser

__all__ = ["MAX_QUEUE", "REFUSED", "Carrier", "QUICStream"]

T = TypeVar("T")

#: What a stream in use lets its peer send ahead.
WINDOW = 6 * 1024 * 1024

#: What is queued before a producer is paused.
FULL = 256 * 1024

#: What a protocol without a producer may write ahead of the peer before its stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024

_ABORTED = Failure(ConnectionAborted())


class Carrier(Protocol):
    """What a stream asks of its session."""

    log: Log

    @property
    def roundTrip(self) -> float: ...

    def wake(self) -> None: ...

    def together(self, act: Callable[[], T]) -> T: ...

    def forget(self, stream: QUICStream) -> None: ...

    def getPeer(self) -> IPv4Address | IPv6Address: ...

    def getHost(self) -> IPv4Address | IPv6Address: ...


@implementer(IStream, IFlowUser)
class QUICStream(Slot, Telling, Multiplexed):
    """
    A logical connection in a L{QUICSession<frp.transports.quic.session.QUICSession>}.

    As with yamux, C{connectionLost} comes within the call that closes the stream, if there is nothing left to send.
    """

    _session: Carrier

    # A tunnel holds one of these for every idle user.
    __slots__ = (
        "__weakref__",
        "_closing",
        "_flow",
        "_held",
        "_paused",
        "_producerHeld",
        "_readEnded",
        "_refused",
        "_session",
        "disconnecting",
        "producer",
        "protocol",
        "resets",
    )

    def __init__(self, session: Carrier, flow: IFlow, protocol: IProtocol) -> None:
        self._session = session
        self._flow = flow
        self.protocol = protocol
        self.producer = None
        self._held = None
        self._producerHeld = self._paused = self.disconnecting = self.resets = False
        self._closing = False  # nothing more is written; the end follows the queue
        self._readEnded = False  # the peer has ended its direction, and the protocol knows
        self._refused = False  # the peer wants no more
        flow.user = self

    def __repr__(self) -> str:
        return f"<stream over {self._flow!r}>"

    # Sending

    def write(self, data: bytes) -> None:
        if self._closing or not data:
            return
        flow = self._flow
        flow.write(data)
        self._session.wake()
        if flow.queued > FULL:
            self._filled()

    def _filled(self) -> None:
        flow = self._flow
        flow.full = True
        if self.producer is not None:
            self._holdProducer()
        elif flow.queued > MAX_QUEUE:
            self._session.log.warn(
                "{stream} is dropped: {size} bytes wait for a peer that does not take them",
                stream=self,
                size=flow.queued,
            )
            self.abortConnection()

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def writeVector(self, head: bytes, body: bytes) -> None:
        if self._closing:
            return
        self._flow.write(head)
        self.write(body)
        if not body:
            self._session.wake()

    @property
    def datagramSize(self) -> int:
        return self._flow.datagramSize

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        if self._closing:
            return 0
        taken = self._flow.sendDatagrams(datagrams)
        self._session.wake()
        return taken

    def together(self, act: Callable[[], T]) -> T:
        return self._session.together(act)

    def drained(self) -> None:
        flow = self._flow
        if self._closing:
            if not flow.queued:
                self._finished()
            else:
                flow.full = True
        elif self._producerHeld:
            self._tell(self._freeProducer)

    def _isFull(self) -> bool:
        return bool(self._flow.queued > FULL)

    def _takesNoMore(self) -> bool:
        return self._closing

    # Receiving

    def received(self, data: bytes) -> None:
        if self._paused:
            if not self.disconnecting:
                self._hold(data)
            return
        self._tell(self.protocol.dataReceived, data)
        self._flow.consume(len(data))

    def datagramsReceived(self, datagrams: list[bytes]) -> None:
        taking = IDatagramsProtocol(self.protocol, None)
        if taking is not None and not self.disconnecting:
            self._tell(taking.datagramsReceived, datagrams)

    def unread(self, data: bytes) -> None:
        self._paused = True
        if data and not self.disconnecting:
            self._flow.consume(-len(data))
            self._holdFirst(data)

    def widen(self) -> None:
        self._flow.widen(WINDOW)
        self._session.wake()

    def resumeProducing(self) -> None:
        if not self.disconnecting:
            super().resumeProducing()
            self._session.wake()

    def ended(self) -> None:
        self._endReading()

    def _handOn(self, piece: bytes) -> None:
        self.received(piece)

    def _endsToo(self) -> bool:
        # Who refuses our direction has ended the whole connection.
        return self._refused or (self._closing and not self._flow.queued)

    # Ending

    def wasReset(self) -> None:
        self.sessionLost(Failure(ConnectionLost("the peer reset the stream")))

    def stopped(self) -> None:
        """The end of the peer's direction, which tells the protocol, comes with this, or has come, or soon will."""
        self._refused = self._closing = True
        if self._readEnded or self.disconnecting:
            self._lost(DONE)

    def loseWriteConnection(self) -> None:
        if not self._closing:
            self._closing = True
            self._finish()

    def _finish(self) -> None:
        flow = self._flow
        flow.finish()
        self._session.wake()
        if flow.queued:
            flow.full = True
        else:
            self._finished()

    def _finished(self) -> None:
        """All that is written has left."""
        if self.disconnecting or (self._readEnded and not self._held):
            self._lost(DONE)

    def loseConnection(self, _reason: object = None) -> None:
        """
        Flush, then end our direction; what comes after is thrown away, and the peer is told so, as the reference does
        it.
        """
        if self.disconnecting:
            return
        self.disconnecting = self._paused = True
        self._held = None
        self._flow.stop()
        if self._refused:
            self._lost(DONE)
        elif self._closing:
            self._session.wake()
            if not self._flow.queued:
                self._lost(DONE)
        else:
            self._closing = True
            self._finish()

    def abortConnection(self) -> None:
        flow = self._flow
        flow.reset()
        flow.stop()
        self._session.wake()
        self._lost(_ABORTED)

    def sessionLost(self, reason: Failure) -> None:
        """The stream is gone. What was received still belongs to the protocol."""
        self._closing = True
        self._deliver()
        self._flow.reset()
        self._session.wake()
        self._lost(reason)

    def _putAway(self) -> None:
        self._session.forget(self)

    # Facts

    @property
    def lossless(self) -> bool:
        flow = self._flow
        return self.resets and not flow.queued and not flow.unacked

    @property
    def queued(self) -> int:
        """How many bytes were written and have not left."""
        return self._flow.queued

    def counts(self) -> tuple[int, int]:
        flow = self._flow
        return flow.sent + flow.queued, flow.highest

    def roundTrip(self) -> float:
        return self._session.roundTrip


class _Refused:
    """Has a stream that nobody wants."""

    def received(self, data: object) -> None:
        pass

    def ended(self) -> None:
        pass

    datagramsReceived = received
    wasReset = stopped = drained = ended


REFUSED: Any = _Refused()
