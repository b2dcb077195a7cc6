"""
A yamux session: many streams over one carrier, which may be any Twisted stream transport.

The carrier is never paused for one stream (see L{frp.session.stream}). When the carrier itself is full, every stream
that writes is held until it drains.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import (
    IDelayedCall,
    IProtocolFactory,
    IPushProducer,
    IReactorTime,
)
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, RemoteWireError, TunnelLost
from frp.interfaces import ISession, IStream
from frp.logs import Log
from frp.session.half import Half, State
from frp.session.inflow import MAX_WINDOW
from frp.session.stream import MuxedStream
from frp.wire.sniff import describe
from frp.wire.yamux import INITIAL_WINDOW, Flag, FrameReader, GoAwayCode, Type, header

__all__ = ["MuxedSession"]

T = TypeVar("T")

#: How many streams of ours may wait for the peer's acknowledgement.
BACKLOG = 256

#: How many more may wait until there is room: a server that asks for streams and accepts none shall not fill memory.
MAX_WAITING = 4096

#: How many streams we may have closed and the peer not. A peer that is there ends its half within a round trip.
MAX_LINGERING = 16384

#: Seconds for the answer to a ping, for the acknowledgement of a stream, and for the peer's half of a close: the
#: reference's times.
PING_TIMEOUT = 10
OPEN_TIMEOUT = 75
CLOSE_TIMEOUT = 300

#: Seconds before each of the first pings; they tell the round trip of the session, of which only the shortest counts.
FIRST_PINGS = (0.2, 0.5, 1, 2, 4)

#: Looked at for every frame with a body.
PEER_ENDED = State.REMOTE_CLOSED

#: A body of this size does not wait for company.
CORK = 4096

#: So many pieces are company enough: no more is held while one read is answered.
CORKED = 64

#: How many answers we hold for a peer that asks for them and does not read.
MAX_OWED = 4096

#: How many frames that only want an answer, pings and streams that are refused, may come in so many seconds.
MAX_ASKED = 1000
ASKED_SECONDS = 10


@implementer(ISession, IPushProducer)
class MuxedSession(Protocol):
    """
    Both ends of a session. The protocol of its carrier.

    @ivar accept: answers the streams that the peer opens; without it they are refused.
    @ivar blocked: the carrier takes no more for now.
    @ivar lost: fires, once, with the L{FRPError<frp.errors.FRPError>} that ended the session.
    @ivar roundTrip: the shortest time in which a ping was answered, in seconds; 0 while there is none.
    """

    transport: IStream
    blocked = False
    roundTrip = 0.0
    _write: Callable[[bytes], object]
    _writeVector: Callable[[bytes, bytes], object]

    def __init__(
        self,
        clock: IReactorTime,
        log: Log,
        *,
        client: bool,
        accept: IProtocolFactory | None = None,
        keepalive: float = 30,
    ) -> None:
        """
        @param client: whether we dialled; it decides the parity of the stream numbers.
        @param accept: answers the streams that the peer opens; without it they are refused.
        @param keepalive: seconds between pings; not positive turns them off.
        """
        self.clock = clock
        self.log = log
        self.lost: Deferred[BaseException] = Deferred()
        self.accept = accept
        self._keepalive = keepalive
        self._next = 1 if client else 2
        self._streams: dict[int, MuxedStream] = {}
        self._reader = FrameReader(self)
        # The frames that answer one read of the carrier leave together: a record and a system call for all of them.
        self._corked: list[bytes] | None = None
        self._current: MuxedStream | None = None  # whose body is being read
        self._fin = False  # the current frame ends its stream
        self._stalled: dict[Half, None] = {}  # held until the carrier drains, in their order
        self._lingering: dict[Half, None] = {}  # closed by us and not by the peer, the oldest first
        self._waiting: deque[tuple[IProtocolFactory, Deferred[Any]]] = deque()  # opens beyond the backlog
        self._unacknowledged = 0
        self._remoteGone = False
        self._flushing: set[Half] | None = None  # while we close: the streams that still have bytes to send
        self._pings = 0
        self._pinged: float | None = None  # when the unanswered ping was sent
        self._owed = 0  # answers that wait for the carrier
        self._asked = 0  # frames that only wanted an answer, since the time that follows
        self._askedSince = 0.0
        self._timer: IDelayedCall | None = None
        self._reason: Failure | None = None

    def __repr__(self) -> str:
        return f"<yamux session, {len(self._streams)} streams>"

    # The carrier

    def connectionMade(self) -> None:
        transport = self.transport
        self._write = transport.write
        self._writeVector = transport.writeVector
        transport.registerProducer(self, True)
        self._schedule()

    def dataReceived(self, data: bytes) -> None:
        if self._reason is not None:
            return
        self._corked = []
        try:
            self._reader.receive(data)
        except RemoteWireError as error:
            self.breach(error)
        finally:
            self._uncork()

    def breach(self, error: RemoteWireError) -> None:
        """
        The peer does what it may not: end the session. Whoever has made it knows whose it is, and says why it ended.
        """
        if self._reason is None:
            self.sendControl(header(Type.GO_AWAY, 0, 0, GoAwayCode.PROTOCOL_ERROR))
            self._uncork()
            self._end(Failure(error))

    def send(self, head: bytes, body: bytes) -> None:
        """Send one frame of a stream."""
        if self._corked is None:
            self._writeVector(head, body)
        else:
            self._corked += (head, body)
            if len(body) > CORK or len(self._corked) > CORKED:
                self._uncork()
                self._corked = []

    def sendControl(self, frame: bytes) -> None:
        """Send a frame without a body, or several."""
        if self._corked is None:
            self._write(frame)
        else:
            self._corked.append(frame)

    def together(self, act: Callable[[], T]) -> T:
        """Do something whose frames leave in one write."""
        if self._corked is not None or self._reason is not None:
            return act()
        self._corked = []
        try:
            return act()
        finally:
            self._uncork()

    def _uncork(self) -> None:
        corked, self._corked = self._corked, None
        if corked:
            self._write(b"".join(corked) if len(corked) > 1 else corked[0])

    def connectionLost(self, reason: Failure | None = None) -> None:
        first = self._reader.unfinished
        if first and first[0]:
            text = f"the connection was closed where a yamux header was due; {describe(first)}"
            self._end(Failure(RemoteWireError("invalid yamux header", text)))
            return
        self._end(
            Failure(TunnelLost("the connection to the peer was lost", f"the connection was lost: {_why(reason)}"))
        )

    def _end(self, reason: Failure) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        self._current = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.transport.abortConnection()
        self._corked = None
        self._write = self._writeVector = _nothing
        self._stalled.clear()
        self._lingering.clear()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.sessionLost(reason)
        self._failWaiting(reason)
        error = reason.value
        assert error is not None
        self.lost.callback(error)

    # ISession

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """
        Open a stream. It is usable at once; the peer need not have answered.

        @return: fires with the protocol; at most 256 streams wait for the peer, later ones wait here.
        """
        if self._reason is not None:
            return fail(self._reason)
        if self._flushing is not None:
            return fail(TunnelLost("the session is being closed"))
        if self._remoteGone:
            return fail(_gone())
        if self._unacknowledged >= BACKLOG:
            if len(self._waiting) >= MAX_WAITING:
                return fail(TunnelLost("too many streams wait for the peer"))
            opened: Deferred[Any] = Deferred()
            self._waiting.append((factory, opened))
            return opened
        return self._open(factory)

    def _open(self, factory: IProtocolFactory) -> Deferred[Any]:
        try:
            protocol = factory.buildProtocol(self.getPeer())
        except Exception:
            return fail()
        if protocol is None:
            return fail(LocalWireError("nobody answers the stream"))
        number = self._next
        self._next += 2
        self._unacknowledged += 1
        syn = header(Type.WINDOW_UPDATE, Flag.SYN, number, MAX_WINDOW - INITIAL_WINDOW)
        stream = MuxedStream(self, number, protocol, syn, MAX_WINDOW)
        stream.openedAt = self.clock.seconds()
        self._streams[number] = stream
        try:
            protocol.makeConnection(stream)
        except Exception:
            failure = Failure()
            stream.abortConnection()
            return fail(failure)
        stream.announce()
        return succeed(protocol)

    def _failWaiting(self, reason: Failure) -> None:
        waiting, self._waiting = self._waiting, deque()
        for _, opened in waiting:
            opened.errback(reason)

    def close(self) -> None:
        """As L{ISession.close<frp.interfaces.ISession.close>}; a peer that takes nothing is not waited for long."""
        if self._reason is not None or self._flushing is not None:
            return
        streams = list(self._streams.values())
        self._flushing = {stream for stream in streams if stream.queued}
        self.accept = None
        self._pinged = None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.clock.callLater(PING_TIMEOUT, self._closeTimedOut)
        self._failWaiting(Failure(TunnelLost("the session is being closed")))
        for stream in streams:
            stream.loseConnection()
        self._closeCarrier()

    def _closeCarrier(self) -> None:
        if self._reason is None and not self._flushing:
            self._uncork()
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def _closeTimedOut(self) -> None:
        self._timer = None
        self.abort()

    def flushed(self, stream: Half) -> None:
        """A stream has sent all it will send."""
        if self._flushing and stream in self._flushing:
            self._flushing.discard(stream)
            self._closeCarrier()

    def abort(self) -> None:
        """As L{ISession.abort<frp.interfaces.ISession.abort>}."""
        self._end(Failure(TunnelLost("the session was dropped")))

    def getPeer(self) -> IPv4Address | IPv6Address:
        """The address of the carrier's other end."""
        return self.transport.getPeer() if self.transport is not None else IPv4Address("TCP", "0.0.0.0", 0)

    def getHost(self) -> IPv4Address | IPv6Address:
        """The address of the carrier's end here."""
        return self.transport.getHost()

    # Frames

    def frameReceived(self, kind: int, flags: int, number: int, length: int) -> None:
        """As L{Frames.frameReceived<frp.wire.yamux.Frames.frameReceived>}."""
        if self._reason is not None:
            return
        if kind > Type.WINDOW_UPDATE:
            if kind == Type.PING:
                self._pingReceived(flags, length)
            else:
                self._goAwayReceived(length)
            return
        if flags & Flag.SYN:
            self._accepted(number)
        stream = self._streams.get(number)
        if stream is None:
            # A stream that we have dropped: its peer may not know yet.
            self._current = None
            return
        if flags & Flag.ACK:
            self._acknowledged(stream)
        if kind == Type.DATA:
            if length > stream.receiveWindow:
                raise RemoteWireError(
                    "yamux receive window exceeded",
                    f"the peer sent {length} bytes on stream {number}, where {stream.receiveWindow} are allowed",
                )
            stream.receiveWindow -= length
            # The reference may write once more after its FIN; nobody waits for that any more.
            self._current = None if stream.state is PEER_ENDED else stream
        else:
            stream.windowUpdated(length)
            length = 0
        if flags & Flag.RST:
            self._current = None
            if number in self._streams:
                stream.resetReceived()
        elif flags & Flag.FIN:
            if length:
                self._fin = True
            else:
                self._finReceived(number)

    def _finReceived(self, number: int) -> None:
        stream = self._streams.get(number)
        # A protocol may have dropped the stream while it got the last bytes.
        if stream is not None:
            self._answers()
            stream.finReceived()

    def bodyReceived(self, piece: bytes, left: int) -> None:
        """As L{Frames.bodyReceived<frp.wire.yamux.Frames.bodyReceived>}."""
        stream = self._current
        if stream is not None:
            try:
                stream.bodyReceived(piece)
            except Exception:
                stream.failed()
            if self._fin and not left:
                self._fin = False
                self._finReceived(stream.id)
        elif not left:
            self._fin = False

    def _accepted(self, number: int) -> None:
        """
        The peer opens a stream. It is acknowledged at once, exactly once, and with no more window than its first
        message needs.
        """
        if number in self._streams or number == 0 or number % 2 == self._next % 2:
            raise RemoteWireError("duplicate yamux stream", f"the peer opened stream {number}, which it may not")
        self._answers()
        try:
            protocol = self.accept.buildProtocol(self.getPeer()) if self.accept is not None else None
        except Exception:
            self.log.failure("nobody answers stream {number}", number=number)
            protocol = None
        if protocol is None:
            self._onlyAsked("streams that are refused")
            self.sendControl(header(Type.WINDOW_UPDATE, Flag.RST, number, 0))
            return
        stream = MuxedStream(self, number, protocol, b"", INITIAL_WINDOW)
        self._streams[number] = stream
        self.sendControl(header(Type.WINDOW_UPDATE, Flag.ACK, number, 0))
        try:
            protocol.makeConnection(stream)
        except Exception:
            stream.failed()

    def _answers(self) -> None:
        """
        The peer has sent what we answer.

        @raise RemoteWireError: it does not read the answers.
        """
        if self.blocked:
            self._owed += 1
            if self._owed > MAX_OWED:
                raise RemoteWireError("yamux flood", f"the peer asked for {self._owed} answers and reads none of them")

    def _onlyAsked(self, what: str) -> None:
        """
        The peer has sent what serves no user.

        @raise RemoteWireError: it does little else.
        """
        now = self.clock.seconds()
        if not 0 <= now - self._askedSince < ASKED_SECONDS:
            self._askedSince = now
            self._asked = 0
        self._asked += 1
        if self._asked > MAX_ASKED:
            raise RemoteWireError("yamux flood", f"the peer sent {self._asked} {what} within {ASKED_SECONDS} s")

    def _acknowledged(self, stream: MuxedStream) -> None:
        if stream.openedAt is not None and not stream.acknowledged:
            stream.acknowledged = True
            self._unacknowledged -= 1
            self._openWaiting()

    def _openWaiting(self) -> None:
        while self._waiting and self._unacknowledged < BACKLOG:
            factory, opened = self._waiting.popleft()
            if not opened.called:  # else cancelled
                self._open(factory).chainDeferred(opened)

    def _goAwayReceived(self, code: int) -> None:
        if code == GoAwayCode.NORMAL:
            self._remoteGone = True
            self._failWaiting(Failure(_gone()))
            return
        what = "a protocol error" if code == GoAwayCode.PROTOCOL_ERROR else "an internal error"
        raise RemoteWireError(
            "the peer ended the session", f"the peer ended the session for {what} (yamux code {code})"
        )

    def lingers(self, stream: Half) -> None:
        """We have closed a stream, and the peer has not: too many of these are not waited for."""
        if self._reason is None:
            self._lingering[stream] = None
            if len(self._lingering) > MAX_LINGERING:
                next(iter(self._lingering)).abortConnection()

    def forget(self, stream: Half) -> None:
        """A stream is closed on both sides."""
        self._lingering.pop(stream, None)
        known = self._streams.pop(stream.id, None)
        if known is not None:
            self._acknowledged(known)
            self.flushed(stream)

    # Back-pressure

    def stalled(self, stream: Half) -> None:
        """A stream has a queue and waits for the carrier."""
        self._stalled[stream] = None

    def pauseProducing(self) -> None:
        """The carrier is full."""
        self.blocked = True

    def resumeProducing(self) -> None:
        """The carrier takes more: let the streams that were held go on, in their order."""
        self.blocked = False
        self._owed = 0
        stalled = self._stalled
        while stalled and not self.blocked:
            stream = next(iter(stalled))
            del stalled[stream]
            stream.flush()

    def stopProducing(self) -> None:
        """The carrier is gone; connectionLost follows."""

    # Time

    def _pingReceived(self, flags: int, value: int) -> None:
        if flags & Flag.SYN:
            self._answers()
            self._onlyAsked("pings")
            self.sendControl(header(Type.PING, Flag.ACK, 0, value))
        elif flags & Flag.ACK and value == self._pings and self._pinged is not None and self._timer is not None:
            self._timer.cancel()
            roundTrip = self.clock.seconds() - self._pinged
            self.roundTrip = min(self.roundTrip or roundTrip, roundTrip)
            self._pings += 1
            self._pinged = None
            self._schedule()

    def _schedule(self) -> None:
        interval = self._keepalive if self._keepalive > 0 else PING_TIMEOUT * 3
        early = FIRST_PINGS[self._pings] if self._pings < len(FIRST_PINGS) else interval
        self._timer = self.clock.callLater(min(early, interval), self._tick)

    def _tick(self) -> None:
        """Once in each interval: look for streams that wait too long, and ask whether the peer lives."""
        self._timer = None
        now = self.clock.seconds()
        for stream in list(self._streams.values()):
            if stream.closedAt is not None and now - stream.closedAt > CLOSE_TIMEOUT:
                stream.abortConnection()
            elif stream.openedAt is not None and not stream.acknowledged and now - stream.openedAt > OPEN_TIMEOUT:
                self._end(
                    Failure(
                        TunnelLost(
                            "stream open timeout", f"the peer did not answer stream {stream.id} for {OPEN_TIMEOUT} s"
                        )
                    )
                )
                return
        if self._reason is not None or self._flushing is not None:
            return
        if self._keepalive <= 0:
            self._schedule()
            return
        self._pinged = self.clock.seconds()
        self.sendControl(header(Type.PING, Flag.SYN, 0, self._pings))
        self._timer = self.clock.callLater(PING_TIMEOUT, self._pingTimedOut)

    def _pingTimedOut(self) -> None:
        self._timer = None
        self._end(Failure(TunnelLost("keepalive timeout", f"the peer did not answer a ping for {PING_TIMEOUT} s")))


def _gone() -> TunnelLost:
    return TunnelLost("remote end is not accepting connections", "the peer accepts no more streams: it is about to end")


def _why(reason: Failure | None) -> str:
    return reason.getErrorMessage() if reason is not None else "unknown"


def _nothing(*_: object) -> None:
    """Where a session that has ended sends to."""
