"""One yamux stream, as the Twisted transport that it is."""

from __future__ import annotations

from twisted.internet.error import ConnectionAborted, ConnectionLost
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.session.half import Outlet, State
from frp.session.inflow import Inflow
from frp.session.multiplexed import Multiplexed
from frp.session.outflow import Outflow
from frp.session.telling import DONE
from frp.wire.yamux import INITIAL_WINDOW, Flag, Type, header

__all__ = ["MuxedStream"]

#: The state after our FIN, and after the peer's. What is missing is forbidden.
_AFTER_OUR_FIN = {State.OPEN: State.LOCAL_CLOSED, State.REMOTE_CLOSED: State.CLOSED}
_AFTER_PEER_FIN = {State.OPEN: State.REMOTE_CLOSED, State.LOCAL_CLOSED: State.CLOSED}

_ABORTED = Failure(ConnectionAborted())


@implementer(IStream)
class MuxedStream(Outflow, Inflow, Multiplexed):
    """
    A logical connection in a L{MuxedSession<frp.session.muxed.MuxedSession>}.

    C{connectionLost} comes within the call that closes the stream, not in a later turn of the reactor; a protocol that
    closes its transport must be ready for it.

    @ivar acknowledged: the peer has answered that we have opened it.
    @ivar openedAt: when we opened it, by the session's clock; None where the peer did.
    @ivar closedAt: when our side was closed for good, by the session's clock; None before.
    """

    _session: Outlet

    # A tunnel holds one of these for every idle user.
    __slots__ = (
        "__weakref__",
        "_ahead",
        "_closing",
        "_granted",
        "_held",
        "_limit",
        "_pace",
        "_paused",
        "_producerHeld",
        "_queue",
        "_queued",
        "_send",
        "_sendGranted",
        "_sendWindow",
        "_session",
        "_taken",
        "acknowledged",
        "closedAt",
        "disconnecting",
        "id",
        "openedAt",
        "producer",
        "protocol",
        "receiveWindow",
        "resets",
        "state",
    )

    def __init__(self, session: Outlet, id: int, protocol: IProtocol, ahead: bytes, limit: int) -> None:
        """
        @param ahead: frames that ride in front of the first write.
        @param limit: the window that we offer.
        """
        self.id = id
        self.state = State.OPEN
        self.acknowledged = False
        self.openedAt: float | None = None
        self.closedAt: float | None = None
        self.disconnecting = False
        self._session = session
        self._ahead = ahead
        self._send = session.send
        self._sendWindow = self._sendGranted = INITIAL_WINDOW
        self._pace = self._queue = self.producer = None
        self._queued = 0
        self._closing = self._producerHeld = False
        self.protocol = protocol
        self.receiveWindow = self._limit = self._granted = limit
        self._taken = 0
        self._held = None
        self._paused = self.resets = False

    def __repr__(self) -> str:
        return f"<stream {self.id} of {self._session!r}, {self.state.value}>"

    def _enter(self, state: State, frame: bytes = b"") -> None:
        """
        The only place where the state changes. A stream that is closed on both sides is its session's no more.

        @param frame: tells the peer.
        """
        self.state = state
        if frame:
            self._session.sendControl(frame)
        if state is State.CLOSED:
            self._session.forget(self)

    # Ending

    def finReceived(self) -> None:
        """
        The peer sends no more.

        @raise RemoteWireError: it has said so before.
        """
        after = _AFTER_PEER_FIN.get(self.state)
        if after is None:
            raise RemoteWireError("yamux FIN twice", f"the peer ended stream {self.id} twice")
        self._enter(after)
        self._endReading()

    def _heardEnd(self) -> None:
        """The state says it."""

    def _endsToo(self) -> bool:
        return self.state is State.CLOSED

    def loseWriteConnection(self) -> None:
        if self._closing:
            return
        self._closing = True
        if self._queue is None:
            self._finish()

    def _finish(self) -> None:
        after = _AFTER_OUR_FIN.get(self.state)
        if after is not None:
            self._enter(after, self._takeAhead() + header(Type.WINDOW_UPDATE, Flag.FIN, self.id, 0))
            self._session.flushed(self)
        if self.disconnecting or (self.state is State.CLOSED and not self._held):
            self._lost(DONE)

    def loseConnection(self, _reason: object = None) -> None:
        """Flush, then FIN; what comes after is thrown away."""
        if self.disconnecting:
            return
        self.disconnecting = True
        self.closedAt = self._session.clock.seconds()
        self._held = None
        self._paused = True
        self._closing = True
        if self._queue is None:
            self._finish()
        if self.state is not State.CLOSED:
            self._session.lingers(self)

    def abortConnection(self) -> None:
        self._abort(_ABORTED)

    def _abort(self, reason: Failure) -> None:
        """@param reason: what its protocol is told."""
        if self.state is not State.CLOSED:
            # A stream that was not announced never was.
            unannounced = self._takeAhead() and self.openedAt is not None
            self._enter(State.CLOSED, b"" if unannounced else header(Type.WINDOW_UPDATE, Flag.RST, self.id, 0))
        self._lost(reason)

    def resetReceived(self) -> None:
        self.sessionLost(Failure(ConnectionLost("the peer reset the stream")))

    def sessionLost(self, reason: Failure) -> None:
        self._enter(State.CLOSED)
        super().sessionLost(reason)

    def _putAway(self) -> None:
        self._queue = None
        self._queued = 0

    # Facts

    @property
    def lossless(self) -> bool:
        return self.resets and not self._queued

    def counts(self) -> tuple[int, int]:
        return self.bytesSent, self.bytesReceived

    def roundTrip(self) -> float:
        return self._session.way.shortest
