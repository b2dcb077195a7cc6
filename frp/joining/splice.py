"""
Joining two transports: what one receives, the other sends.

Where a proxy enables nothing, one transport's C{write} is the other's C{dataReceived}, and nothing of ours stands
between. Limits, encryption and compression are put in the way when the two are joined, and only where they are enabled.

Where the peer does the same, which it says at the login, a half-close is passed on, and the other direction lives. The
reference closes both, and loses the reply to every client that shuts down its writing side; where it is the peer, the
end of a stream is the end of both directions here, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IDelayedCall, IHalfCloseableProtocol, IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.joining.codecs import PLAIN, Codec, Transform
from frp.joining.limit import Bucket, Throttle
from frp.joining.tally import tallyOf
from frp.logs import Log

__all__ = ["HALF_CLOSED_IDLE", "Treatment", "splice"]

#: Seconds without a byte after which a connection of which one direction has ended is given up. The reference's yamux
#: resets such a stream after that time.
HALF_CLOSED_IDLE = 300


@attrs.frozen
class Treatment:
    """
    What a proxy does to its connections.

    @ivar key: derives the encryption, or None.
    @ivar compress: whether payload is compressed.
    @ivar bucket: the bandwidth limit, shared by all connections of the proxy, or None.
    @ivar halfClose: whether the stream's peer passes on the end of one direction. The reference does not: there a FIN
        is the end of both.
    @ivar limitWire: whether the limit counts what is on the wire (frpc) or the application's bytes (frps).
    """

    key: bytes | None = None
    compress: bool = False
    bucket: Bucket | None = None
    limitWire: bool = False
    halfClose: bool = True

    def codec(self) -> Codec:
        """The transforms of one more connection."""
        return Codec.make(self.key, self.compress) if self.key is not None or self.compress else PLAIN


@implementer(IHalfCloseableProtocol, IPushProducer)
class _End:
    """
    One of two joined transports: its protocol, and the producer of the other one.

    @ivar dataReceived: where this end's bytes go.
    """

    __slots__ = (
        "_pair",
        "dataReceived",
        "gone",
        "other",
        "pauseProducing",
        "readEnded",
        "resumeProducing",
        "throttle",
        "transport",
    )

    dataReceived: Callable[[bytes], object]
    other: _End

    def __init__(self, transport: Any, pair: _Pair) -> None:
        self.transport = transport
        self.pauseProducing = transport.pauseProducing
        self.resumeProducing = transport.resumeProducing
        self.throttle: Throttle | None = None
        self.readEnded = False
        self.gone = False
        self._pair = pair

    def makeConnection(self, transport: object) -> None:
        """The transports are connected when they are joined."""

    def stopProducing(self) -> None:
        """The other transport is gone; its own end hears of it, but for one that was gone before."""
        self._pair.gone(self.other)

    def readConnectionLost(self) -> None:
        """This end's peer sends no more: pass it on behind the bytes that are still under way."""
        if self.readEnded or self.gone:
            return
        self.readEnded = True
        self._pair.lost(self, None)
        if self.throttle is not None:
            self.throttle.end(self._passEnd)
        else:
            self._passEnd()

    def _passEnd(self) -> None:
        other = self.other
        both = other.readEnded or self._pair.endsBoth(self)
        if not other.gone:
            other.transport.unregisterProducer()
            other.transport.loseWriteConnection()
            if both and not other.gone:
                other.transport.loseConnection()
        if both:
            if not self.gone:
                self.transport.loseConnection()
        else:
            self._pair.watch(other)

    def writeConnectionLost(self) -> None:
        """This end has sent all it will send."""

    def connectionLost(self, reason: Failure) -> None:
        """
        This end is gone: the other one goes when it has sent what it has. After an error a stream is reset, where that
        costs nobody bytes.
        """
        if self.gone:
            return
        self.gone = True
        self._pair.lost(self, reason)
        if self.throttle is not None:
            self.throttle.end(lambda: self._drop(reason))
        else:
            self._drop(reason)

    def _drop(self, reason: Failure) -> None:
        other = self.other
        if other.gone:
            self._pair.ended()
            return
        other.transport.unregisterProducer()
        if reason.check(ConnectionDone) is None and self._pair.resets(other):
            other.transport.abortConnection()
        else:
            other.transport.loseConnection()


class _Pair:
    """The life of two joined transports."""

    __slots__ = (
        "_active",
        "_broken",
        "_clock",
        "_finish",
        "_halfClose",
        "_log",
        "_timer",
        "_watched",
        "done",
        "first",
        "joining",
        "plain",
        "reset",
        "stream",
    )

    def __init__(
        self,
        plain: Any,
        stream: Any,
        clock: IReactorTime,
        log: Log,
        done: Callable[[], object] | None,
        finish: Callable[[], None] | None,
        halfClose: bool,
    ) -> None:
        self.plain = _End(plain, self)
        self.stream = _End(stream, self)
        self.plain.other = self.stream
        self.stream.other = self.plain
        self.done = done
        self.first: _End | None = None
        self.reset = False
        self._clock = clock
        self._log = log
        self._finish = finish
        self._halfClose = halfClose
        self._timer: IDelayedCall | None = None
        self._watched: Callable[[bytes], object] | None = None
        self._active = False
        self._broken = False
        self.joining = True

    def lost(self, end: _End, reason: Failure | None) -> None:
        """Note which end was the first to end, and whether any was by an error."""
        if self.first is None:
            self.first = end
        if reason is not None and not self.reset:
            self.reset = reason.check(ConnectionDone) is None

    def resets(self, end: _End) -> bool:
        """
        Whether a reset of the other end is passed on: to a stream that has nothing more to send, whose peer keeps what
        it has received. The reference would drop it, and a user still gets what was received for it.
        """
        return end is self.stream and bool(end.transport.lossless)

    def endsBoth(self, end: _End) -> bool:
        """Whether the end of what this end receives is the end of what it takes, too."""
        return end is self.stream and not self._halfClose

    def gone(self, end: _End) -> None:
        """A transport takes no producer: while the two are joined this says that it ended before."""
        if self.joining and not end.gone:
            end.transport.abortConnection()
            end.connectionLost(Failure(ConnectionLost("it ended before it was joined")))

    def broken(self, error: RemoteWireError) -> None:
        """The stream's bytes cannot be decoded."""
        if self._broken:
            return
        self._broken = True
        self._log.warn("the connection ends: {reason}", reason=error.detail)
        self.stream.transport.abortConnection()

    def ended(self) -> None:
        """Both transports are gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # Compression holds some hundred kilobytes, and the ends refer to each other: nobody waits for the collector.
        for end in (self.plain, self.stream):
            end.dataReceived = _ignore
            end.throttle = None
        self._watched = self._finish = None
        done, self.done = self.done, None
        if done is not None:
            done()

    def watch(self, end: _End) -> None:
        """Only this end still receives: give up when it has been silent for too long."""
        if self._finish is not None and end is self.plain:
            try:
                self._finish()
            except RemoteWireError as error:
                self.broken(error)
                return
        if end.gone or self._watched is not None:
            return
        self._watched = end.dataReceived
        end.dataReceived = self._stillActive
        self._timer = self._clock.callLater(HALF_CLOSED_IDLE, self._look)

    def _stillActive(self, data: bytes) -> None:
        self._active = True
        if self._watched is not None:
            self._watched(data)

    def _look(self) -> None:
        self._timer = None
        if self._active:
            self._active = False
            self._timer = self._clock.callLater(HALF_CLOSED_IDLE, self._look)
            return
        self._log.debug("a half-closed connection was idle for {seconds} s and is dropped", seconds=HALF_CLOSED_IDLE)
        for end in (self.stream, self.plain):
            if not end.gone:
                end.transport.abortConnection()


def _ignore(data: bytes) -> None:
    """Where bytes go when all is over."""


def splice(
    plain: Any,
    stream: Any,
    treatment: Treatment,
    *,
    clock: IReactorTime,
    log: Log,
    first: bytes = b"",
    rest: bytes = b"",
    done: Callable[[], object] | None = None,
    count: Callable[[int, int], object] | None = None,
    tell: Callable[[bool, bool], object] | None = None,
) -> None:
    """
    Join two connected transports. Both belong to the splice from here; both flow.

    @param plain: the application's side: a user on frps, the local service on frpc.
    @param stream: the L{IStream<frp.interfaces.IStream>} to the peer; paused until now.
    @param treatment: what the proxy does to the bytes on the stream.
    @param first: bytes that the stream's peer sent before it was joined.
    @param rest: bytes that came from C{plain} before it was joined.
    @param done: called once when both are gone.
    @param count: called before it with the application's bytes: how many came from C{plain}, and from C{stream}.
    @param tell: called before both with how it ended: whether C{stream} was the first to end, and whether either ended
        by an error.
    """
    codec = treatment.codec()
    toPlain: Callable[[bytes], object] = plain.write
    tally = None
    if count is not None:
        tally = tallyOf(stream, transformed=codec is not PLAIN)
        toPlain = tally.receiving(toPlain)
        done = _counting(count, tally.counts, done)
    pair = _Pair(plain, stream, clock, log, done, codec.finish, treatment.halfClose)
    if tell is not None:
        pair.done = _telling(tell, pair, done)
    user, tunnel = pair.plain, pair.stream
    bucket, wire = treatment.bucket, treatment.limitWire
    user.dataReceived = _way(user, stream.write, codec.outgoing, bucket, wire, clock, None)
    tunnel.dataReceived = _way(tunnel, toPlain, codec.incoming, bucket, not wire, clock, pair.broken)
    if tally is not None:
        user.dataReceived = tally.sending(user.dataReceived)
    stream.resets = treatment.halfClose
    plain.protocol = user
    stream.protocol = tunnel
    fromUser, fromTunnel = user.throttle or user, tunnel.throttle or tunnel
    if rest:
        user.dataReceived(rest)
    # Flow first, register then: a consumer that is full already pauses its producer when that is registered.
    fromUser.resumeProducing()
    if not user.readEnded and not user.gone:
        stream.registerProducer(fromUser, True)
    if not tunnel.gone:
        plain.registerProducer(fromTunnel, True)
        stream.unread(first)
        fromTunnel.resumeProducing()
    pair.joining = False


def _counting(
    count: Callable[[int, int], object], counts: Callable[[], tuple[int, int]], done: Callable[[], object] | None
) -> Callable[[], object]:
    def ended() -> None:
        count(*counts())
        if done is not None:
            done()

    return ended


def _telling(
    tell: Callable[[bool, bool], object], pair: _Pair, done: Callable[[], object] | None
) -> Callable[[], object]:
    def ended() -> None:
        tell(pair.first is pair.stream, pair.reset)
        if done is not None:
            done()

    return ended


def _way(
    source: _End,
    write: Callable[[bytes], object],
    transform: Transform | None,
    bucket: Bucket | None,
    limitAfter: bool,
    clock: IReactorTime,
    broken: Callable[[RemoteWireError], None] | None,
) -> Callable[[bytes], object]:
    """
    One direction.

    @param limitAfter: whether the limit counts what the transform made, or what it is given.
    """
    if bucket is not None:
        source.throttle = throttle = Throttle(bucket, clock)
        if transform is None or limitAfter:
            throttle.attach(source, write, paused=True)
            write = throttle.dataReceived
        else:
            throttle.attach(source, _transformed(write, transform, broken), paused=True)
            return throttle.dataReceived
    return write if transform is None else _transformed(write, transform, broken)


def _transformed(
    write: Callable[[bytes], object], transform: Transform, broken: Callable[[RemoteWireError], None] | None
) -> Callable[[bytes], object]:
    if broken is None:
        return lambda data: write(transform(data))

    def receive(data: bytes) -> None:
        try:
            data = transform(data)
        except RemoteWireError as error:
            broken(error)
            return
        if data:
            write(data)

    return receive
