"""The end of a conversation, for which KCP has no word: see L{Control<frp.wire.kcp.segments.Control>}."""

from __future__ import annotations

from math import inf

from frp.wire.kcp.inbound import Inbound
from frp.wire.kcp.outbound import Outbound
from frp.wire.kcp.roundtrip import LONGEST
from frp.wire.kcp.segments import CLOCK, CONTROL, HEAD, Control

__all__ = ["Ending"]

_WRAP = CLOCK - 1

#: Milliseconds after the first, the second and the third time that our end is told. Then nobody is awaited any more:
#: the reference never answers. One who certainly does so is told on and on.
_WAITS = (100, 200, 300)
_LATER = 1000


class Ending:
    """
    What both sides have said about it.

    @ivar wanted: whether we end when all has arrived.
    @ivar patient: whether the peer is one who answers.
    @ivar over: whether nothing is left to do after that.
    @ivar gone: whether the peer says that it knows of no such conversation.
    @ivar due: when our end is to be told again.
    """

    __slots__ = (
        "_answers", "_inbound", "_number", "_outbound", "_peerEnd", "_tries", "due", "gone", "over", "patient",
        "wanted",
    )  # fmt: skip

    def __init__(self, number: int, inbound: Inbound, outbound: Outbound) -> None:
        """@param number: of the conversation."""
        self.wanted = self.patient = self.over = self.gone = False
        self.due = inf
        self._number = number
        self._inbound = inbound
        self._outbound = outbound
        self._answers: list[bytes] = []
        self._tries = 0
        self._peerEnd: int | None = None

    def received(self, what: int, stamp: int, number: int, now: int) -> bool:
        """
        A control of this conversation has come.

        @return: whether it is believed to be the peer's.
        """
        if what == Control.END:
            self._answers = [self._control(Control.ENDED, stamp, number)]
            ahead = number - self._inbound.nxt & _WRAP
            if ahead > self._inbound.window:
                return False
            self._peerEnd = self._inbound.nxt + ahead
            return True
        if what == Control.ENDED and self._tries:
            self.over = True
            self.due = inf
        elif what == Control.GONE and self._believes(stamp, now):
            self.gone = True
        return False

    def _believes(self, stamp: int, now: int) -> bool:
        """Whether a time stamp is one that we have sent of late, or the next of the peer: nobody else knows either."""
        heard = self._inbound.heard
        return (now - stamp & _WRAP) <= 2 * LONGEST or (heard is not None and (stamp - heard & _WRAP) <= 2 * LONGEST)

    @property
    def byPeer(self) -> bool:
        """Whether the peer has ended it, and all that it sent has come."""
        return self._peerEnd is not None and self._inbound.nxt >= self._peerEnd

    @property
    def hasty(self) -> bool:
        """Whether something is to be said at once."""
        return bool(self._answers) or (self.wanted and not self._tries and self._outbound.empty)

    def drop(self, now: int) -> bytes:
        """@return: the datagram that drops the conversation at once."""
        heard = self._inbound.heard
        return self._control(Control.GONE, now if heard is None else heard, 0)

    def say(self, now: int) -> list[bytes]:
        """@return: the datagrams that are to be sent now."""
        said, self._answers = self._answers, []
        if not self.wanted or self.over or not self._outbound.empty or (self._tries and now < self.due):
            return said
        if self._tries < len(_WAITS):
            self.due = now + _WAITS[self._tries]
        elif self.patient:
            self.due = now + _LATER
        else:
            self.over = True
            self.due = inf
            return said
        self._tries += 1
        said.append(self._control(Control.END, now, self._outbound.nxt))
        return said

    def _control(self, what: int, stamp: int, number: int) -> bytes:
        una = self._inbound.nxt & _WRAP
        return HEAD.pack(self._number, CONTROL, what, 0, stamp & _WRAP, number & _WRAP, una, 0)
