"""
The direction of a yamux stream in which we receive.

What the peer may still send is C{receiveWindow}; bytes are given back to it when the protocol has taken them. Thus a
protocol that pauses us holds up its own peer and nobody else: the carrier is never paused for one stream.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IProtocol

from frp.session.half import Half, State
from frp.wire.yamux import Type, header

__all__ = ["IN_COMPANY", "MAX_WINDOW", "Inflow"]

#: What a stream that is in use lets its peer send ahead, as the reference does.
MAX_WINDOW = 6 * 1024 * 1024

#: Taken bytes are given back in steps of this size. A peer that paces itself (L{frp.session.pace}) can do so the better
#: the smaller they are, and the more they cost: a frame each, and bytes that wait in the peer for it.
GIVE_BACK = 256 * 1024

#: The same while others use the session as well, who wait behind what is under way.
IN_COMPANY = 64 * 1024

#: So much is worth a frame after a few milliseconds (L{frp.session.returns}): over a slow link a step takes long, and a
#: peer that paces itself may have less than a step under way.
LEAST = 8 * 1024

#: Received pieces are joined up to this size while they are held.
CRUMBS = 1024

#: What is held of the peer's FIN. No piece is empty.
_FIN = b""


class Inflow(Half):
    """
    The window that we leave the peer, and what waits for the protocol.

    @ivar protocol: what receives; may be replaced at any time.
    @ivar receiveWindow: how many bytes the peer may still send.
    @ivar resets: what comes after we have closed is answered with a reset. Only for a peer that keeps what it has
        received when it is reset; the reference drops it.
    """

    if not TYPE_CHECKING:
        __slots__ = ()

    protocol: IProtocol
    receiveWindow: int
    resets: bool
    _limit: int  # the window we offer
    _granted: int  # all that the peer was ever allowed to send
    _taken: int  # taken by the protocol and not yet given back
    _held: deque[bytes] | None  # received while paused
    _paused: bool

    def bodyReceived(self, piece: bytes) -> None:
        """Bytes of the peer, within its window."""
        if self._paused:
            if not self.disconnecting:
                self._hold(piece)
            elif self.resets and self.state is State.LOCAL_CLOSED:
                self.abortConnection()
            return
        self.protocol.dataReceived(piece)
        self._taken = taken = self._taken + len(piece)
        if taken >= LEAST:
            session = self._session
            step = IN_COMPANY if session.company.here else GIVE_BACK
            if taken >= step or taken + taken >= self._limit:
                self.giveBack()
            else:
                session.returns.owes(self.giveBack)

    def _hold(self, piece: bytes) -> None:
        """Keep what came while we are paused. Crumbs are joined, or each would cost more than it holds."""
        if self._held is None:
            self._held = deque()
        if piece and self._held and len(self._held[-1]) + len(piece) <= CRUMBS:
            piece = self._held.pop() + piece
        self._held.append(piece)

    def unread(self, data: bytes) -> None:
        self._paused = True
        if data and not self.disconnecting:
            self._taken -= len(data)
            if self._held is None:
                self._held = deque()
            self._held.appendleft(data)

    def giveBack(self) -> None:
        """Let the peer send again what the protocol has taken, if it still sends."""
        if self._taken <= 0:
            return
        if not self.disconnecting and (self.state is State.OPEN or self.state is State.LOCAL_CLOSED):
            self.receiveWindow += self._taken
            self._granted += self._taken
            self._session.sendControl(self._takeAhead() + header(Type.WINDOW_UPDATE, 0, self.id, self._taken))
        self._taken = 0

    def widen(self) -> None:
        """The frame rides in front of the next write."""
        delta = MAX_WINDOW - self._limit
        if delta:
            self._limit = MAX_WINDOW
            self.receiveWindow += delta
            self._granted += delta
            self._ahead += header(Type.WINDOW_UPDATE, 0, self.id, delta)

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
                self._tell(self.bodyReceived, piece)
            else:
                self._endOfRead()
        if not held and not self._paused:
            self._held = None

    def _endReading(self) -> None:
        """The peer sends no more: the protocol hears of it behind what is held."""
        if self._held or self._paused:
            self._hold(_FIN)
        else:
            self._endOfRead()

    def _endOfRead(self) -> None:
        """The protocol has received all."""
        raise NotImplementedError

    def _deliver(self) -> None:
        """Give the protocol what is held, whether it wants a pause or not: nothing else will."""
        held, self._held = self._held, None
        while held and held[0] and not self.disconnecting:
            self._tell(self.protocol.dataReceived, held.popleft())

    @property
    def bytesReceived(self) -> int:
        """How many bytes the peer has sent."""
        return self._granted - self.receiveWindow
