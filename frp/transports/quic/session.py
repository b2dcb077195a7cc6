"""A QUIC connection as a session: its streams, its clock, and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IProtocol, IProtocolFactory, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import FRPError, LocalWireError, RemoteWireError, TunnelLost
from frp.interfaces import IGuest, ISession
from frp.logs import Log
from frp.session.backlog import MAX_WAITING
from frp.session.bounds import Bounds
from frp.session.deadline import Later
from frp.session.turns import endOfPass
from frp.transports.asking import inTime
from frp.transports.quic.door import Door
from frp.transports.quic.interfaces import Address, Datagram, IFlow, IQuicEngine, IQuicUser
from frp.transports.quic.stream import REFUSED, QUICStream

__all__ = ["QUICSession"]

T = TypeVar("T")

#: Seconds within which the peer must have all that was written when the session is closed.
FLUSH = 10

#: What it is when a stream waits for ever.
_NOT_ALLOWED = "the peer allows no more of them: see its transport.quic.maxIncomingStreams"

#: Bytes of IP and UDP around a datagram, at most.
AROUND = 48


@implementer(ISession, IGuest, IQuicUser)
class QUICSession:
    """
    Both ends of a session.

    @ivar accept: answers the streams that the peer opens; without it they are refused.
    @ivar lastWords: the datagram by which the peer was told that it is over; empty where it has said so, or is gone.
    @ivar ready: fires when the handshake is done; fails with the L{FRPError<frp.errors.FRPError>} that kept it from
        that.
    @ivar lost: fires, once, with the error that ended the session; not before it was ready.
    """

    def __init__(
        self,
        clock: IReactorTime,
        log: Log,
        engine: IQuicEngine,
        door: Door[QUICSession],
        ends: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address],
        *,
        handshake: float,
        slow: FRPError,
        keepalive: float,
    ) -> None:
        """
        @param ends: ours and the peer's.
        @param handshake: seconds for it, and for a stream that has to wait; @param slow: what is wrong with a handshake
            that takes longer.
        @param keepalive: seconds of silence after which the peer is asked whether it lives; not positive turns it off.
        """
        self.clock = clock
        self.log = log
        self.accept: IProtocolFactory | None = None
        self.ready: Deferred[QUICSession] = Deferred(lambda _: self.abort())
        self.lost: Deferred[BaseException] = Deferred()
        self._engine = engine
        self._door = door
        self._host, self._peer = ends
        self._endOfPass = endOfPass(clock)
        self._streams: dict[QUICStream, None] = {}
        self._waiting: dict[Deferred[IProtocol], IProtocolFactory] = {}  # the oldest first
        self._bounds = Bounds(clock, "quic")
        self.lastWords = b""
        self._shaken = self._closing = self._over = False
        self._held = False  # whoever holds sends in the end
        self._reason: FRPError | None = None
        self._timer: IDelayedCall | None = None
        self._patience = handshake
        self._handshake, self._flushing, self._silence = Later(clock), Later(clock), Later(clock)
        self._handshake.set(handshake, engine.end, slow)
        self._keepalive = keepalive
        engine.user = self

    def __len__(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def __bool__(self) -> bool:
        """It is one, also without streams."""
        return True

    def __repr__(self) -> str:
        return f"<QUIC session, {len(self._streams)} streams>"

    # Datagrams

    def receive(self, name: bytes, datagrams: Sequence[Datagram], sender: Address) -> None:
        """
        Datagrams have come.

        @param name: the connection id that all of them carry; empty for one with a long header.
        """
        if self._reason is not None:
            return
        held, self._held = self._held, True
        try:
            self._engine.receive(name, datagrams, sender, self.clock.seconds())
        except Exception:
            self._failed()
        finally:
            self._held = held
        self.flush()

    def wake(self) -> None:
        """There is something to send. What is written in one pass of the reactor leaves together."""
        if self._held or self._reason is not None:
            return
        if self._endOfPass is None:
            self.flush()
        else:
            self._held = True
            self._endOfPass(self._passed)

    def _passed(self) -> None:
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Send what there is to send."""
        if self._held or self._reason is not None:
            return
        self._send()
        if self._closing and self._reason is None and self._engine.settled:
            self._engine.end(TunnelLost("the session was closed"))

    def _send(self) -> None:
        held, self._held = self._held, True
        now = self.clock.seconds()
        try:
            leaving = self._engine.send(now)
            for receiver, datagrams in leaving:
                self._door.leave(datagrams, receiver)
            if leaving and self._over:
                self.lastWords = leaving[-1][1][-1]
        except Exception:
            self._failed()
        finally:
            self._held = held
        if self._reason is None:
            self._schedule(now)

    def _schedule(self, now: float) -> None:
        """
        Have the engine called when it wants to be. A call that comes too early is made anew: that is cheaper than to
        move it with every datagram.
        """
        when, timer = self._engine.timer(now), self._timer
        if when is None:
            return
        if timer is None:
            self._timer = self.clock.callLater(max(0.0, when - now), self._due)
        elif timer.getTime() > when + 0.0002:
            timer.reset(max(0.0, when - now))

    def _due(self) -> None:
        self._timer = None
        now = self.clock.seconds()
        when = self._engine.timer(now)
        if when is not None and when > now:
            self._timer = self.clock.callLater(when - now, self._due)
            return
        held, self._held = self._held, True
        try:
            self._engine.timerDue(now)
        except Exception:
            self._failed()
        finally:
            self._held = held
        self.flush()

    def together(self, act: Callable[[], T]) -> T:
        if self._held:
            return act()
        self._held = True
        try:
            return act()
        finally:
            self._held = False
            self.flush()

    def _failed(self) -> None:
        """A bug of ours or of the engine: only this session ends."""
        self.log.failure("{session} has failed", session=self)
        self._end(TunnelLost("the session has failed"))

    # What the engine tells

    def shaken(self) -> None:
        self._shaken = True
        self._handshake.stop()
        mtu = self._door.mtu((self._peer.host, self._peer.port))
        self._engine.probe(mtu - AROUND if mtu else 1452)
        if self._keepalive > 0:
            self._keepalive = min(self._keepalive, self._engine.idleTimeout / 2)
            self._silence.set(self._keepalive, self._silent)
        self.ready.callback(self)

    def opened(self, flow: IFlow) -> None:
        if self._reason is not None:
            # One that came before it, in the same datagrams, has ended the session.
            _refuse(flow)
            return
        try:
            protocol = self.accept.buildProtocol(self._peer) if self.accept is not None else None
        except Exception:
            self.log.failure("nobody answers {flow}", flow=flow)
            protocol = None
        if protocol is None:
            _refuse(flow)
            try:
                self._bounds.asked("streams that are refused")
            except RemoteWireError as error:
                self.breach(error)
            return
        try:
            self._begin(flow, protocol)
        except Exception:
            self.log.failure("a protocol failed on {flow}", flow=flow)

    def _begin(self, flow: IFlow, protocol: IProtocol) -> None:
        stream = QUICStream(self, flow, protocol)
        self._streams[stream] = None
        try:
            protocol.makeConnection(stream)
        except Exception:
            stream.abortConnection()
            raise

    def moreFlows(self) -> None:
        waiting = self._waiting
        while waiting:
            flow = self._engine.open()
            if flow is None:
                return
            opened = next(iter(waiting))
            self._open(flow, waiting.pop(opened)).chainDeferred(opened)

    def named(self, name: bytes) -> None:
        self._door.named(self, name)

    def unnamed(self, name: bytes) -> None:
        self._door.unnamed(self, name)

    def over(self, error: FRPError) -> None:
        self._over = True
        self._send()
        self._end(error)

    def fail(self, error: FRPError) -> None:
        """Whoever has the socket knows that nobody is there."""
        if self._reason is None:
            self._engine.end(error)

    # ISession

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """
        Open a stream. It is usable at once; the peer hears of it with the first bytes.

        @return: fires with the protocol. Beyond what the peer allows, streams wait here, no longer than a handshake.
        """
        if self._reason is not None:
            return fail(self._reason)
        if self._closing:
            return fail(TunnelLost("the session is being closed"))
        flow = self._engine.open() if not self._waiting else None
        if flow is not None:
            return self._open(flow, factory)
        if len(self._waiting) >= MAX_WAITING:
            return fail(TunnelLost("too many streams wait for the peer"))
        opened: Deferred[IProtocol] = Deferred(self._waiting.__delitem__)
        self._waiting[opened] = factory
        return inTime(opened, self._patience, self.clock, "quic stream", _NOT_ALLOWED)

    def _open(self, flow: IFlow, factory: IProtocolFactory) -> Deferred[IProtocol]:
        try:
            protocol = factory.buildProtocol(self._peer)
            if protocol is None:
                raise LocalWireError("nobody answers the stream")
            self._begin(flow, protocol)
        except Exception:
            _refuse(flow)
            return fail()
        return succeed(protocol)

    def forget(self, stream: QUICStream) -> None:
        self._streams.pop(stream, None)

    def breach(self, error: RemoteWireError) -> None:
        if self._reason is None:
            self._engine.breach(error)

    def close(self) -> None:
        """The peer has some time to say that it has all; one that is gone is not waited for long."""
        if self._reason is not None or self._closing:
            return
        self._closing = True
        self.accept = None
        self._fail(TunnelLost("the session is being closed"))
        self._flushing.set(FLUSH, self.abort)
        held, self._held = self._held, True
        for stream in list(self._streams):
            stream.loseConnection()
        self._held = held
        self.flush()

    def abort(self) -> None:
        if self._reason is None:
            self._engine.end(TunnelLost("the session was dropped"))

    def welcome(self) -> None:
        self._door.welcome(self)

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self._peer

    def getHost(self) -> IPv4Address | IPv6Address:
        return self._host

    @property
    def heard(self) -> float:
        """When the peer has said something last."""
        return self._engine.heard

    @property
    def roundTrip(self) -> float:
        return self._engine.roundTrip

    # The end

    def _end(self, error: FRPError) -> None:
        if self._reason is not None:
            return
        self._reason = error
        self._handshake.stop()
        self._flushing.stop()
        self._silence.stop()
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        self._door.gone(self)
        reason = Failure(error)
        streams, self._streams = list(self._streams), {}
        for stream in streams:
            stream.sessionLost(reason)
        self._fail(error)
        if self._shaken:
            self.lost.callback(error)
        elif not self.ready.called:
            self.ready.errback(reason)
        self.clock.callLater(0, self._engine.release)

    def _fail(self, error: FRPError) -> None:
        while self._waiting:
            opened = next(iter(self._waiting))
            self._waiting.pop(opened)
            opened.errback(error)

    def _silent(self) -> None:
        silence = self.clock.seconds() - self._engine.heard
        if silence >= self._keepalive - 0.001:
            self._engine.ping()
            self.flush()
            silence = 0
        if self._reason is None:
            self._silence.set(self._keepalive - silence, self._silent)


def _refuse(flow: IFlow) -> None:
    """Nobody wants it."""
    flow.user = REFUSED
    flow.reset()
    flow.stop()
