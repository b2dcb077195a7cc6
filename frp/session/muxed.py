"""
A yamux session: many streams over one carrier, which may be any Twisted stream transport.

The carrier is never paused for one stream (see L{frp.session.stream}). When the carrier itself is full, every stream
that writes is held until it drains.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IProtocolFactory, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, LocalWireError, RemoteWireError, TunnelLost
from frp.interfaces import ISession, IStream
from frp.logs import Log
from frp.session.backlog import Backlog
from frp.session.bounds import Bounds
from frp.session.company import Company
from frp.session.cork import Cork
from frp.session.deadline import Later
from frp.session.half import Half, State
from frp.session.inflow import MAX_WINDOW
from frp.session.lost import howLost
from frp.session.overdue import Overdue
from frp.session.pings import PING_TIMEOUT, Pings
from frp.session.returns import Returns
from frp.session.stream import MuxedStream
from frp.session.way import Way
from frp.wire.sniff import describe
from frp.wire.yamux import INITIAL_WINDOW, Flag, FrameReader, GoAwayCode, Type, header

__all__ = ["MuxedSession"]

T = TypeVar("T")

#: Looked at for every frame with a body.
PEER_ENDED = State.REMOTE_CLOSED


@implementer(ISession, IPushProducer)
class MuxedSession(Protocol):
    """
    Both ends of a session. The protocol of its carrier. Streams that it opens are of its C{_opened}.

    @ivar accept: answers the streams that the peer opens; without it they are refused.
    @ivar blocked: the carrier takes no more for now.
    @ivar lost: fires, once, with the L{FRPError<frp.errors.FRPError>} that ended the session.
    """

    transport: IStream
    blocked = stepsKnown = False
    _opened: type[MuxedStream] = MuxedStream

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
        self._cork = Cork(clock)
        self.send = self._cork.send
        self.sendControl = self._cork.sendControl
        self.together = self._cork.together
        self._pings = Pings(clock, keepalive, self.sendControl, self._look, self._silent)
        self._closing = Later(clock)
        self.returns = Returns(clock, self._cork.together)
        self.company = Company(clock)
        self.way = Way(clock)
        self._bounds = Bounds(clock)
        self._backlog = Backlog(self._open)
        self._overdue = Overdue()
        self._next = 1 if client else 2
        self._streams: dict[int, MuxedStream] = {}
        self._reader = FrameReader(self)
        self._current: MuxedStream | None = None  # whose body is being read
        self._fin = False  # the current frame ends its stream
        self._stalled: dict[Half, None] = {}  # held until the carrier drains, in their order
        self._remoteGone = False
        self._flushing: set[Half] | None = None  # while we close: the streams that still have bytes to send
        self._reason: Failure | None = None

    def __len__(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def __bool__(self) -> bool:
        return True  # also without streams

    def __repr__(self) -> str:
        return f"<yamux session, {len(self._streams)} streams>"

    # The carrier

    def connectionMade(self) -> None:
        self._cork.attach(self.transport)
        self.transport.registerProducer(self, True)
        self._pings.start()

    def dataReceived(self, data: bytes) -> None:
        if self._reason is not None:
            return
        self._cork.hold()
        try:
            self._reader.receive(data)
        except RemoteWireError as error:
            self.breach(error)
        finally:
            self._cork.letGo()

    def breach(self, error: RemoteWireError) -> None:
        """
        The peer does what it may not: end the session. Whoever has made it knows whose it is, and says why it ended.
        """
        if self._reason is None:
            self.sendControl(header(Type.GO_AWAY, 0, 0, GoAwayCode.PROTOCOL_ERROR))
            self._cork.release()
            self._end(Failure(error))

    def connectionLost(self, reason: Failure | None = None) -> None:
        first = self._reader.unfinished
        why: FRPError = TunnelLost("the connection to the peer was lost", f"the connection was lost: {howLost(reason)}")
        if first and first[0]:
            text = f"the connection was closed where a yamux header was due; {describe(first)}"
            why = RemoteWireError("invalid yamux header", text)
        self._end(Failure(why))

    def _end(self, reason: Failure) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        self._current = None
        self._pings.stop()
        self._closing.stop()
        self.returns.stop()
        self.transport.abortConnection()
        self._cork.close()
        self._stalled.clear()
        self._overdue.clear()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.sessionLost(reason)
        self._backlog.fail(reason)
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
        return self._backlog.opened(factory)

    def _open(self, factory: IProtocolFactory) -> Deferred[Any]:
        try:
            protocol = factory.buildProtocol(self.getPeer())
        except Exception:
            return fail()
        if protocol is None:
            return fail(LocalWireError("nobody answers the stream"))
        number = self._next
        self._next += 2
        self._backlog.unacknowledged += 1
        syn = header(Type.WINDOW_UPDATE, Flag.SYN, number, MAX_WINDOW - INITIAL_WINDOW)
        stream = self._opened(self, number, protocol, syn, MAX_WINDOW)
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

    def close(self) -> None:
        """A peer that takes nothing is not waited for long."""
        if self._reason is not None or self._flushing is not None:
            return
        streams = list(self._streams.values())
        self._flushing = {stream for stream in streams if stream.queued}
        self.accept = None
        self._pings.stop()
        self._closing.set(PING_TIMEOUT, self.abort)
        self._backlog.fail(Failure(TunnelLost("the session is being closed")))
        for stream in streams:
            stream.loseConnection()
        self._closeCarrier()

    def _closeCarrier(self) -> None:
        if self._reason is None and not self._flushing:
            self._cork.release()
            self.transport.unregisterProducer()
            # What the peer still writes would cost what is on its way to it, if nobody were here: it closes.
            self.transport.loseWriteConnection()

    def flushed(self, stream: Half) -> None:
        """A stream has sent all it will send."""
        if self._flushing and stream in self._flushing:
            self._flushing.discard(stream)
            self._closeCarrier()

    def abort(self) -> None:
        self._end(Failure(TunnelLost("the session was dropped")))

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self.transport.getPeer() if self.transport is not None else IPv4Address("TCP", "0.0.0.0", 0)

    def getHost(self) -> IPv4Address | IPv6Address:
        return self.transport.getHost()

    # Frames

    def frameReceived(self, kind: int, flags: int, number: int, length: int) -> None:
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
                what = f"the peer sent {length} bytes on stream {number}, where {stream.receiveWindow} are allowed"
                raise RemoteWireError("yamux receive window exceeded", what)
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
            self._bounds.owe(self.blocked)
            stream.finReceived()

    def bodyReceived(self, piece: bytes, left: int) -> None:
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
        self._bounds.owe(self.blocked)
        try:
            protocol = self.accept.buildProtocol(self.getPeer()) if self.accept is not None else None
        except Exception:
            self.log.failure("nobody answers stream {number}", number=number)
            protocol = None
        if protocol is None:
            self._bounds.asked("streams that are refused")
            self.sendControl(header(Type.WINDOW_UPDATE, Flag.RST, number, 0))
            return
        stream = MuxedStream(self, number, protocol, b"", INITIAL_WINDOW)
        self._streams[number] = stream
        self.sendControl(header(Type.WINDOW_UPDATE, Flag.ACK, number, 0))
        try:
            protocol.makeConnection(stream)
        except Exception:
            stream.failed()

    def _acknowledged(self, stream: MuxedStream) -> None:
        if stream.openedAt is not None and not stream.acknowledged:
            stream.acknowledged = True
            self._backlog.acknowledged()

    def _goAwayReceived(self, code: int) -> None:
        if code == GoAwayCode.NORMAL:
            self._remoteGone = True
            self._backlog.fail(Failure(_gone()))
            return
        what = "a protocol error" if code == GoAwayCode.PROTOCOL_ERROR else "an internal error"
        raise RemoteWireError(
            "the peer ended the session", f"the peer ended the session for {what} (yamux code {code})"
        )

    def lingers(self, stream: Half) -> None:
        """We have closed a stream, and the peer has not."""
        if self._reason is None:
            self._overdue.lingers(stream)

    def forget(self, stream: Half) -> None:
        """A stream is closed on both sides."""
        self._overdue.forget(stream)
        known = self._streams.pop(stream.id, None)
        if known is not None:
            self._acknowledged(known)
            self.flushed(stream)

    # Back-pressure

    def stalled(self, stream: Half) -> None:
        """A stream has a queue and waits for the carrier."""
        self._stalled[stream] = None

    def pauseProducing(self) -> None:
        self.blocked = True

    def resumeProducing(self) -> None:
        """
        The carrier takes more: let the streams that were held go on, the one first that has waited longest. One that
        fills the carrier again is held again, behind all others: so each has its turn, however much the first has to
        send, and nobody starves behind a bulk stream.
        """
        self.blocked = False
        self._bounds.drained()
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
            self._bounds.owe(self.blocked)
            self._bounds.asked("pings")
            self.sendControl(header(Type.PING, Flag.ACK, 0, value))
        elif flags & Flag.ACK:
            self._pings.answered(value, self.transport.roundTrip())
            self.way.shortest = self._pings.roundTrip

    def _look(self) -> None:
        unanswered = self._overdue.look(self._streams.values(), self.clock.seconds())
        if unanswered is not None:
            self._end(Failure(unanswered))

    def _silent(self) -> None:
        self._end(Failure(TunnelLost("keepalive timeout", f"the peer did not answer a ping for {PING_TIMEOUT} s")))


def _gone() -> TunnelLost:
    return TunnelLost("remote end is not accepting connections", "the peer accepts no more streams: it is about to end")
