"""
A stream as a protocol of ours sees it, when its proxy limits, encrypts or compresses what is on the wire.

L{splice<frp.joining.splice.splice>} joins two transports, and puts these things between them. Where one side is no
transport but a protocol (datagrams, an answer of our own), the protocol is given a L{CodedStream}, and need not know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IProtocol,
    IPushProducer,
    IReactorTime,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.joining.codecs import PLAIN, Transform
from frp.joining.halfclose import passReadEnd, passWriteEnd
from frp.joining.limit import Throttle
from frp.joining.splice import Treatment
from frp.joining.tally import counting, tallyOf
from frp.logs import Log
from frp.session.unmultiplexed import Unmultiplexed

__all__ = ["MAX_QUEUE", "CodedStream", "handOver"]

T = TypeVar("T")

Address = IPv4Address | IPv6Address

#: What a protocol without a producer may write ahead of a full stream before the stream is dropped.
MAX_QUEUE = 16 * 1024 * 1024


@implementer(IPushProducer)
class _Writer:
    """
    The producer of what the protocol writes, as the stream below knows it: passes on what the stream says to the one
    that the protocol registered.

    @ivar ahead: bytes written since the stream was full.
    """

    def __init__(self) -> None:
        self.full = False
        self.ahead = 0
        self.producer: Any = None

    def pauseProducing(self) -> None:
        """The stream is full."""
        self.full = True
        if self.producer is not None:
            self.producer.pauseProducing()

    def resumeProducing(self) -> None:
        """The stream wants more."""
        self.full = False
        self.ahead = 0
        if self.producer is not None:
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        """The stream is gone."""
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()


@implementer(IStream, IHalfCloseableProtocol)
class CodedStream(Unmultiplexed):
    """
    The transport of a protocol, and the protocol of the stream below.

    @ivar protocol: what receives.
    @ivar source: who the user is and
    @ivar destination: what the user reached, where the peer has said so: they stand in for the ends of what carries the
        stream.
    @ivar halfClose: as in L{Treatment}.
    """

    def __init__(
        self,
        stream: IStream,
        treatment: Treatment,
        *,
        clock: IReactorTime,
        log: Log,
        rest: bytes = b"",
        done: Callable[[], object] | None = None,
        source: Address | None = None,
        destination: Address | None = None,
        count: Callable[[int, int], object] | None = None,
    ) -> None:
        """
        @param stream: paused; it is given this as its protocol.
        @param rest: what the peer has sent already, as it was on the wire.
        @param done: called once when the stream is gone.
        @param count: called before it with the protocol's bytes: how many it has sent, and received.
        """
        self.protocol: Any = None
        self.disconnecting = False
        self.source = source
        self.destination = destination
        self._rest = rest
        self._unread = b""
        self._begun = False
        self._wanted = True
        self._stream: Any = stream
        self._log = log
        self._done = done
        self._writeEnded = False
        self._gone = False
        self._writer = _Writer()
        codec = treatment.codec()
        self.halfClose = treatment.halfClose
        self._finish = codec.finish
        self._incoming = codec.incoming
        bucket = treatment.bucket
        self._bare = codec is PLAIN and bucket is None
        self._out = Throttle(bucket, clock) if bucket is not None else None
        self._in = Throttle(bucket, clock) if bucket is not None else None
        if self._out is not None:
            self._send = _limited(self._out, self._writer, stream.write, codec.outgoing, treatment.limitWire)
        else:
            self._send = _through(codec.outgoing, stream.write)
        deliver: Callable[[bytes], object] = self._deliver
        if count is not None:
            tally = tallyOf(stream, transformed=codec is not PLAIN)
            self._send, deliver = tally.sending(self._send), tally.receiving(deliver)
            self._done = counting(count, tally.counts, done)
        decode = self._decode if codec.incoming is not None else None
        if self._in is not None:
            self.dataReceived = _limited(self._in, stream, deliver, decode, not treatment.limitWire, paused=True)
        else:
            self.dataReceived = _through(decode, deliver)
        stream.protocol = self  # type: ignore[assignment]  # all of IProtocol that a connected transport calls
        stream.registerProducer(self._out or self._writer, True)

    def __repr__(self) -> str:
        return f"<coded {self._stream!r}>"

    # Sending

    def write(self, data: bytes) -> None:
        """As L{ITransport.write<twisted.internet.interfaces.ITransport.write>}."""
        if self._writeEnded or not data:
            return
        writer = self._writer
        if writer.full and writer.producer is None:
            writer.ahead += len(data)
            if writer.ahead > MAX_QUEUE:
                self.abortConnection()
                return
        self._send(data)

    def writeSequence(self, pieces: Any) -> None:
        """As L{ITransport.writeSequence<twisted.internet.interfaces.ITransport.writeSequence>}."""
        self.write(b"".join(pieces))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """As L{IConsumer.registerProducer<twisted.internet.interfaces.IConsumer.registerProducer>}."""
        writer = self._writer
        if writer.producer is not None:
            raise RuntimeError(f"{self!r} has a producer, {writer.producer!r}")
        if self._writeEnded:
            producer.stopProducing()
            return
        writer.producer = producer if streaming else _PullToPush(producer, self)
        if not streaming:
            writer.producer.startStreaming()
        if writer.full:
            writer.producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """As L{IConsumer.unregisterProducer<twisted.internet.interfaces.IConsumer.unregisterProducer>}."""
        producer, self._writer.producer = self._writer.producer, None
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()

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

    def release(self) -> tuple[IStream, bytes, Callable[[], object] | None]:
        """As L{IStream.release<frp.interfaces.IStream.release>}."""
        if not self._bare or self._writeEnded:
            return self, b"", None
        self._gone = self._writeEnded = True
        self._stream.unregisterProducer()
        self._stream.pauseProducing()
        rest, self._rest = self._rest, b""
        done, self._done = self._done, None
        return self._stream, rest, done

    def _decode(self, data: bytes) -> bytes:
        assert self._incoming is not None
        try:
            return self._incoming(data)
        except RemoteWireError as error:
            self._broken(error)
            return b""

    def _broken(self, error: RemoteWireError) -> None:
        self._log.warn("the connection ends: {reason}", reason=error.detail)
        self.abortConnection()

    def _deliver(self, data: bytes) -> None:
        if data and not self.disconnecting:
            self.protocol.dataReceived(data)

    def unread(self, data: bytes) -> None:
        """As L{IStream.unread<frp.interfaces.IStream.unread>}."""
        self.pauseProducing()
        self._unread = data + self._unread

    def pauseProducing(self) -> None:
        """As L{IPushProducer.pauseProducing<twisted.internet.interfaces.IPushProducer.pauseProducing>}."""
        self._wanted = False
        (self._in or self._stream).pauseProducing()

    def resumeProducing(self) -> None:
        """As L{IPushProducer.resumeProducing<twisted.internet.interfaces.IPushProducer.resumeProducing>}."""
        self._wanted = True
        if not self._begun:
            return
        if self._unread:
            data, self._unread = self._unread, b""
            self._deliver(data)
            if not self._wanted:
                return
        if self._rest:
            rest, self._rest = self._rest, b""
            self.dataReceived(rest)
        # The protocol may have paused, closed or given away the stream because of what it got.
        if self._wanted and not self._gone:
            (self._in or self._stream).resumeProducing()

    def stopProducing(self) -> None:
        """As L{IPushProducer.stopProducing<twisted.internet.interfaces.IPushProducer.stopProducing>}."""
        self.loseConnection()

    # Ending

    def readConnectionLost(self) -> None:
        """
        The peer sends no more: the protocol hears of it behind the bytes that still wait for the limit. A peer that
        passes on no half-close means the end of both directions.
        """
        if self._in is not None:
            self._in.end(self._readEnded)
        else:
            self._readEnded()

    def _readEnded(self) -> None:
        if self._finish is not None:
            try:
                self._finish()
            except RemoteWireError as error:
                self._broken(error)
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
        if self._out is not None:
            self._out.stop()
        if self._in is None:
            self._lost(reason)
        elif reason.check(ConnectionDone) and not self.disconnecting:
            self._in.end(lambda: self._lost(reason))
        else:
            self._in.stop()
            self._lost(reason)

    def _lost(self, reason: Failure) -> None:
        done, self._done = self._done, None
        if done is not None:
            done()
        self._writer.stopProducing()
        self.protocol.connectionLost(reason)
        # Compression holds some hundred kilobytes, and this refers to itself: nobody waits for the collector.
        self._send = self.dataReceived = _ignore
        self._finish = self._incoming = self._in = self._out = None

    def loseConnection(self) -> None:
        """As L{ITransport.loseConnection<twisted.internet.interfaces.ITransport.loseConnection>}."""
        if not self.disconnecting:
            self.disconnecting = True
            self._endWriting(self._stream.loseConnection)

    def loseWriteConnection(self) -> None:
        """As L{IStream.loseWriteConnection<frp.interfaces.IStream.loseWriteConnection>}."""
        if not self._writeEnded:
            self._endWriting(self._stream.loseWriteConnection)

    def _endWriting(self, end: Callable[[], object]) -> None:
        self._writeEnded = True

        def ended() -> None:
            # A transport with a producer waits for it before it closes.
            self._stream.unregisterProducer()
            end()

        if self._out is not None and not self._gone:
            self._out.end(ended)
        else:
            ended()

    def abortConnection(self) -> None:
        """As L{IStream.abortConnection<frp.interfaces.IStream.abortConnection>}."""
        self.disconnecting = self._writeEnded = True
        self._stream.abortConnection()

    # Facts

    @property
    def closed(self) -> bool:
        """As L{IStream.closed<frp.interfaces.IStream>}."""
        return self.disconnecting or self._gone or self._stream.closed

    def together(self, act: Callable[[], T]) -> T:
        """As L{IStream.together<frp.interfaces.IStream.together>}."""
        together: Callable[[Callable[[], T]], T] = self._stream.together
        return together(act)

    def getPeer(self) -> Any:
        """As L{IStream.getPeer<frp.interfaces.IStream.getPeer>}."""
        return self.source or self._stream.getPeer()

    def getHost(self) -> Any:
        """As L{IStream.getHost<frp.interfaces.IStream.getHost>}."""
        return self.destination or self._stream.getHost()


def _ignore(data: bytes) -> None:
    """Where bytes go when all is over."""


def _through(transform: Transform | None, deliver: Callable[[bytes], object]) -> Callable[[bytes], object]:
    return deliver if transform is None else lambda data: deliver(transform(data))


def _limited(
    throttle: Throttle,
    producer: IPushProducer,
    deliver: Callable[[bytes], object],
    transform: Transform | None,
    limitAfter: bool,
    *,
    paused: bool = False,
) -> Callable[[bytes], object]:
    """
    One direction with a limit.

    @param limitAfter: whether the limit counts what the transform made, or what it is given.
    """
    if limitAfter:
        throttle.attach(producer, deliver, paused=paused)
        return _through(transform, throttle.dataReceived)
    throttle.attach(producer, _through(transform, deliver), paused=paused)
    return throttle.dataReceived


def handOver(
    stream: IStream,
    protocol: IProtocol,
    treatment: Treatment,
    *,
    clock: IReactorTime,
    log: Log,
    rest: bytes = b"",
    done: Callable[[], object] | None = None,
    source: Address | None = None,
    destination: Address | None = None,
    count: Callable[[int, int], object] | None = None,
) -> None:
    """
    Give a work stream to a protocol, with what its proxy does to the bytes in between.

    @param stream: paused; it flows from here, unless the protocol pauses it.
    @param rest: what the peer has sent for the protocol already.
    @param done: called once when the stream is gone.
    @param source: who the user is, and
    @param destination: what the user reached, if somebody says so.
    @param count: called before C{done} with the protocol's bytes: how many it has sent, and received.
    """
    coded = CodedStream(
        stream,
        treatment,
        clock=clock,
        log=log,
        rest=rest,
        done=done,
        source=source,
        destination=destination,
        count=count,
    )
    coded.begin(protocol)
