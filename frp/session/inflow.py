"""
The direction of a yamux stream in which we receive.

What the peer may still send is C{receiveWindow}; bytes are given back to it when the protocol has taken them. Thus a
protocol that pauses us holds up its own peer and nobody else: the carrier is never paused for one stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


class Inflow(Half):
    """
    The window that we leave the peer, and what waits for the protocol.

    @ivar receiveWindow: how many bytes the peer may still send.
    @ivar resets: what comes after we have closed is answered with a reset. Only for a peer that keeps what it has
        received when it is reset; the reference drops it.
    """

    if not TYPE_CHECKING:
        __slots__ = ()

    receiveWindow: int
    resets: bool
    _limit: int  # the window we offer
    _granted: int  # all that the peer was ever allowed to send
    _taken: int  # taken by the protocol and not yet given back

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

    def unread(self, data: bytes) -> None:
        self._paused = True
        if data and not self.disconnecting:
            self._taken -= len(data)
            self._holdFirst(data)

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

    def _handOn(self, piece: bytes) -> None:
        self._tell(self.bodyReceived, piece)

    @property
    def bytesReceived(self) -> int:
        """How many bytes the peer has sent."""
        return self._granted - self.receiveWindow
