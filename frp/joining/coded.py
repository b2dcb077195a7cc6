"""
A stream as a protocol of ours sees it, when its proxy limits, encrypts or compresses what is on the wire.

L{splice<frp.joining.splice.splice>} joins two transports, and puts these things between them. Where one side is no
transport but a protocol (datagrams, an answer of our own), the protocol is given a L{CodedStream}, and need not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IProducer,
    IProtocol,
    IPushProducer,
    IReactorTime,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IDatagramsProtocol, IStream
from frp.interfaces.ending import DONE, NOBODY, RESET, Ending
from frp.joining.halfclose import passReadEnd, passWriteEnd
from frp.joining.lanes import Lane, Lanes, ignore
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.session.producers import Slot
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["MAX_QUEUE", "CodedStream"]

T = TypeVar("T")

Address = IPv4Address | IPv6Address

#: What a protocol without a producer may write ahead of a full stream before the stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024


@implementer(IPushProducer)
class _Writer(Slot):
    """
    The producer of what the protocol writes, as the stream below knows it: passes on what the stream says to the one
    that the protocol registered.

    @ivar ahead: bytes written since the stream was full.
    """

    def __init__(self) -> None:
        self.full = self.ended = False
        self.ahead = 0

    def _isFull(self) -> bool:
        return self.full

    def _takesNoMore(self) -> bool:
        return self.ended

    def pauseProducing(self) -> None:
        self.full = True
        self._holdProducer()

    def resumeProducing(self) -> None:
        self.full = False
        self.ahead = 0
        self._freeProducer()

    stopProducing = Slot._endProducer


@implementer(IStream, IHalfCloseableProtocol, IDatagramsProtocol)
class CodedStream(Unmultiplexed):
    """
    The transport of a protocol, and the protocol of the stream below.

    @ivar protocol: what receives.
    @ivar source: who the user is and
    @ivar destination: what the user reached, where the peer has said so: they stand in for the ends of what carries the
        stream.
    """

    protocol: IProtocol = None  # type: ignore[assignment]  # until it begins

    def __init__(
        self,
        stream: IStream,
        treatment: Treatment,
        *,
        clock: IReactorTime,
        log: Log,
        ending: Ending = NOBODY,
        source: Address | None = None,
        destination: Address | None = None,
    ) -> None:
        """
        @param stream: paused; it is given this as its protocol. What the peer has sent already was put back with
            L{unread<IStream.unread>}, as it was on the wire.
        @param ending: hears when the stream is gone. What the protocol has sent went to the peer.
        """
        self.disconnecting = False
        self.source = source
        self.destination = destination
        self.halfClose = treatment.halfClose
        self._stream = stream
        self._ending = ending
        self._byPeer: bool | None = None
        self._unread = b""
        self._begun = False
        self._wanted = True
        self._writeEnded = False
        self._gone = False
        self._writer = _Writer()
        toPeer, fromPeer = Lane(self._writer, stream.write), Lane(stream, self._deliver)
        self._lanes = Lanes(toPeer, fromPeer, stream, treatment, ending, clock, log)
        self._send = toPeer.dataReceived
        self.dataReceived = fromPeer.dataReceived
        stream.protocol = self  # type: ignore[assignment]  # all of IProtocol that a connected transport calls
        toPeer.producer.resumeProducing()
        stream.registerProducer(toPeer.producer, True)

    def __repr__(self) -> str:
        return f"<coded {self._stream!r}>"

    # Sending

    def write(self, data: bytes) -> None:
        if self._writeEnded or not data:
            return
        writer = self._writer
        if writer.full and writer.producer is None:
            writer.ahead += len(data)
            if writer.ahead > MAX_QUEUE:
                self.abortConnection()
                return
        self._send(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    @property
    def datagramSize(self) -> int:
        """Both ways: nothing is done to datagrams, so there are none where something is done to bytes."""
        return self._stream.datagramSize if self._lanes.bare and not self._writeEnded else 0

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        if not self.datagramSize:
            return 0
        taken = self._stream.sendDatagrams(datagrams)
        self._lanes.beside(sent=datagrams[:taken])
        return taken

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self._writer.ended = self._writeEnded
        self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._writer.unregisterProducer()

    # Receiving

    def makeConnection(self, transport: object) -> None:
        """The stream was connected before."""

    def begin(self, protocol: IProtocol) -> None:
        """Connect the protocol. It gets what the peer has sent, now or, if it pauses us, when it resumes."""
        self.protocol = protocol
        protocol.makeConnection(self)
        self._begun = True
        if self._wanted:
            self.resumeProducing()

    def release(self) -> tuple[IStream, Ending | None]:
        if not self._lanes.bare or self._writeEnded:
            return self, None
        self._gone = self._writeEnded = True
        stream, ending = self._stream, self._ending
        stream.unregisterProducer()
        stream.unread(self._unread)
        self._letGo()
        return stream, _Released(ending, self._lanes, len(self._unread)) if ending is not NOBODY else None

    def _deliver(self, data: bytes) -> None:
        if data and not self.disconnecting:
            self.protocol.dataReceived(data)

    def datagramsReceived(self, datagrams: Sequence[bytes]) -> int:
        taking = IDatagramsProtocol(self.protocol, None) if self._begun and self.datagramSize else None
        if taking is None:
            return 0
        taken = taking.datagramsReceived(datagrams)
        self._lanes.beside(received=datagrams[:taken])
        return taken

    def unread(self, data: bytes) -> None:
        self.pauseProducing()
        self._unread = data + self._unread

    def pauseProducing(self) -> None:
        self._wanted = False
        self._lanes.fromPeer.producer.pauseProducing()

    def resumeProducing(self) -> None:
        self._wanted = True
        if not self._begun:
            return
        self._putBack()
        # The protocol may have paused, closed or given away the stream because of what it got.
        if self._wanted and not self._gone:
            self._lanes.fromPeer.producer.resumeProducing()

    def _putBack(self) -> None:
        data, self._unread = self._unread, b""
        self._deliver(data)

    def stopProducing(self) -> None:
        self.loseConnection()

    # Ending

    def readConnectionLost(self) -> None:
        """
        The peer sends no more: the protocol hears of it behind the bytes that still wait for the limit. A peer that
        passes on no half-close means the end of both directions.
        """
        self._ends(byPeer=True)
        self._lanes.fromPeer.end(self._readEnded)

    def _readEnded(self) -> None:
        if not self._lanes.mayEnd():
            return
        if self.halfClose:
            passReadEnd(self.protocol, self)
        else:
            self.loseConnection()

    def writeConnectionLost(self) -> None:
        """All that was written before L{loseWriteConnection} is sent."""
        passWriteEnd(self.protocol)

    def connectionLost(self, reason: Failure) -> None:
        """The stream is gone. After an orderly end the protocol still gets what waits for the limit."""
        if self._gone:
            return
        self._gone = self._writeEnded = True
        self._putBack()
        self._ends(byPeer=True)
        self._lanes.toPeer.stop()
        if isinstance(reason.value, ConnectionDone) and not self.disconnecting:
            self._lanes.fromPeer.end(lambda: self._lost(reason))
        else:
            self._lanes.fromPeer.stop()
            self._lost(reason)

    def _lost(self, reason: Failure) -> None:
        ending, self._ending = self._ending, NOBODY
        mood = DONE if isinstance(reason.value, ConnectionDone) else RESET
        ending.over(*self._lanes.counts(), bool(self._byPeer), mood)
        self._writer.stopProducing()
        self.protocol.connectionLost(reason)
        self._letGo()

    def _letGo(self) -> None:
        self._lanes.letGo()
        self._send = self.dataReceived = ignore

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self._endWriting(self._stream.loseConnection)

    def loseWriteConnection(self) -> None:
        if not self._writeEnded:
            self._endWriting(self._stream.loseWriteConnection)

    def _endWriting(self, end: Callable[[], object]) -> None:
        self._writeEnded = True
        self._ends(byPeer=False)

        def ended() -> None:
            # A transport with a producer waits for it before it closes.
            self._stream.unregisterProducer()
            end()

        self._lanes.toPeer.end(ended)

    def abortConnection(self) -> None:
        self.disconnecting = self._writeEnded = True
        self._ends(byPeer=False)
        self._stream.abortConnection()

    def _ends(self, *, byPeer: bool) -> None:
        if self._byPeer is None:
            self._byPeer = byPeer

    # Facts

    @property
    def closed(self) -> bool:
        return self.disconnecting or self._gone or self._stream.closed

    def together(self, act: Callable[[], T]) -> T:
        return self._stream.together(act)

    def getPeer(self) -> Address:
        return self.source or self._stream.getPeer()

    def getHost(self) -> Address:
        return self.destination or self._stream.getHost()


class _Released(Ending):
    """Hears of the end of a stream that has stepped out. Where that counted what passed, others go on with it."""

    __slots__ = ("_ending", "_lanes", "_unread", "counts", "early")

    def __init__(self, ending: Ending, lanes: Lanes, unread: int) -> None:
        """@param unread: how many bytes were counted that will pass once more."""
        self._ending = ending
        self._lanes = lanes
        self._unread = unread
        self.counts = self.early = lanes.counting

    def counting(self, counts: Callable[[], tuple[int, int]]) -> None:
        if self.counts:
            self._ending.counting(lambda: self._all(*counts()))

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._ending.over(*self._all(sent, received), byPeer, mood)

    def _all(self, sent: int, received: int) -> tuple[int, int]:
        """@param sent: what was counted since, if anything was; and C{received}."""
        before, heard = self._lanes.counts()
        return (before + sent, heard - self._unread + received) if self.counts else (before, heard)
