"""
Datagrams on their way through work streams: what the two halves of a proxy for UDP have in common, and visitors with
them.

Nothing here waits for room. What cannot be passed on within a bounded queue is dropped and counted, as on any network.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, RemoteWireError
from frp.interfaces import IDatagramsProtocol, IStream
from frp.logs import Log
from frp.session.beside import Beside
from frp.wire.dialect import Dialect, Packet, PacketReader
from frp.wire.messages import Ping

__all__ = ["FULL", "QUEUE", "DatagramLink", "Losses", "sendingProblem"]

#: How many packets wait for a stream, or for room in it; the reference's number.
QUEUE = 1024

#: Seconds between two words in the log about losses.
SILENCE = 10

#: Why most of them are dropped.
FULL = "the tunnel is full"


class Losses:
    """
    Counts datagrams that were dropped or cut, and says so in the log: the first time at once, after that a sum now and
    then.

    @ivar total: how many were dropped in all.
    """

    def __init__(self, clock: IReactorTime, log: Log) -> None:
        self.total = 0
        self._clock = clock
        self._log = log
        self._unsaid: Counter[str] = Counter()
        self._saidAt = float("-inf")

    def count(self, why: str, many: int = 1) -> None:
        """
        So many were dropped.

        @param why: one of few texts; nothing that differs from datagram to datagram.
        """
        self.total += many
        self._note(f"dropped: {why}", many)

    def cut(self, size: int) -> None:
        """Of one, only so many bytes are passed on."""
        self._note(f"cut: only the first {size} bytes (udpPacketSize) of longer ones are passed on", 1)

    def _note(self, what: str, many: int) -> None:
        self._unsaid[what] += many
        now = self._clock.seconds()
        if now - self._saidAt >= SILENCE:
            self._saidAt = now
            self.say()

    def say(self) -> None:
        """Tell the log what it has not been told."""
        for what, many in self._unsaid.items():
            self._log.warn("{count} datagrams {what}", count=many, what=what)
        self._unsaid.clear()


def sendingProblem(error: Exception) -> str:
    """Why the system does not send a datagram, in words that L{Losses} can count."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"the system does not send them: {words}"


class DatagramLink:
    """
    One end of the way to the peer, over one work stream after another, and beside it.

    @ivar heardAt: when the peer was last heard on the current stream.
    """

    def __init__(
        self,
        dialect: Dialect,
        clock: IReactorTime,
        losses: Losses,
        received: Callable[[list[Packet]], object],
        lost: Callable[[str], object],
    ) -> None:
        """
        @param received: gets the packets of one read.
        @param lost: called when the current stream has ended, with the reason, but not for one that was replaced or
            closed here.
        """
        self.heardAt = 0.0
        self._clock = clock
        self._losses = losses
        self._received = received
        self._lost = lost
        self._dialect = dialect
        self._writer = dialect.packetWriter()
        self._waiting: deque[bytes] = deque()
        self._stream: _Stream | None = None

    def protocol(self) -> Protocol:
        """@return: for a new stream, which takes the place of the one before."""
        self.close()
        self._stream = stream = _Stream(self, self._dialect.packetReader(), self._losses)
        self.heardAt = self._clock.seconds()
        return stream

    @property
    def connected(self) -> bool:
        """Whether there is a stream."""
        return self._stream is not None

    def send(self, packets: Sequence[Packet]) -> None:
        """Pass on datagrams, at once, or when the stream lets us, or not at all."""
        if self._stream is not None:
            packets = self._stream.beside.send(packets)
            if not packets:
                return
        encode = self._writer.encode
        pieces = []
        for data, user in packets:
            try:
                pieces.append(encode(data, user))
            except LocalWireError:
                limit = self._dialect.limit
                self._losses.count(
                    f"a message of the tunnel holds {limit} bytes, and they need more: lower udpPacketSize"
                )
        if self._stream is not None and self._stream.flows:
            self._stream.transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        else:
            self._wait(pieces)

    def _wait(self, pieces: list[bytes]) -> None:
        room = QUEUE - len(self._waiting)
        self._waiting.extend(pieces[:room])
        if len(pieces) > room:
            why = FULL if self._stream is not None else "no work connection yet"
            self._losses.count(why, len(pieces) - room)

    @property
    def waiting(self) -> int:
        """How many datagrams wait for a stream, or for room in it."""
        return len(self._waiting)

    def forget(self, why: str) -> None:
        """Drop what waits: there is no stream to be had."""
        if self._waiting:
            self._losses.count(why, len(self._waiting))
            self._waiting.clear()

    def ping(self) -> None:
        """Tell the peer that we are here; unless there is more to do than that."""
        if self._stream is not None and self._stream.flows:
            self._stream.transport.write(self._dialect.encode(Ping()))

    def close(self) -> None:
        """Let go of the stream."""
        stream, self._stream = self._stream, None
        if stream is not None and stream.transport is not None:
            stream.transport.unregisterProducer()
            stream.transport.loseConnection()

    # What the stream says

    def flowing(self, stream: _Stream) -> None:
        if stream is self._stream and self._waiting:
            waiting, self._waiting = self._waiting, deque()
            stream.transport.write(b"".join(waiting))

    def packetsReceived(self, stream: _Stream, packets: list[Packet]) -> None:
        """Something has come; perhaps not a whole packet."""
        if stream is self._stream:
            self.heardAt = self._clock.seconds()
            if packets:
                self._received(packets)

    def ended(self, stream: _Stream, why: str) -> None:
        if stream is self._stream:
            self._stream = None
            self._lost(why)


@implementer(IPushProducer, IDatagramsProtocol)
class _Stream(Protocol):
    """
    One work stream.

    @ivar flows: whether it takes what we write.
    @ivar beside: what is said beside it.
    """

    transport: IStream
    datagramSize = 0xFFFF

    def __init__(self, link: DatagramLink, reader: PacketReader, losses: Losses) -> None:
        self.flows = False
        self.beside = Beside(
            lambda: self.transport.datagramSize,
            lambda datagrams: self.transport.sendDatagrams(datagrams),
            lambda dropped: losses.count(FULL, dropped),
        )
        self._link = link
        self._reader = reader

    def connectionMade(self) -> None:
        self.flows = True
        self.beside.greet()
        self.transport.registerProducer(self, True)
        if self.flows:
            self._link.flowing(self)

    def dataReceived(self, data: bytes) -> None:
        try:
            packets = self._reader.receive(data)
        except RemoteWireError as error:
            self._link.ended(self, error.detail)
            self.transport.abortConnection()
            return
        self.beside.cameOver(packets)
        self._link.packetsReceived(self, packets)

    def datagramsReceived(self, datagrams: Sequence[bytes]) -> int:
        self._link.packetsReceived(self, self.beside.received(datagrams))
        return len(datagrams)

    def pauseProducing(self) -> None:
        self.flows = False

    def resumeProducing(self) -> None:
        self.flows = True
        self._link.flowing(self)

    def stopProducing(self) -> None:
        self.flows = False

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.flows = False
        self._link.ended(self, reason.getErrorMessage() if reason is not None else "it was closed")
