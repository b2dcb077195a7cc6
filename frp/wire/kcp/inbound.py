"""The other direction of a conversation: what comes, in its order, and what is acknowledged of it."""

from __future__ import annotations

from frp.wire.kcp.segments import CLOCK

__all__ = ["Inbound"]

_WRAP = CLOCK - 1
_HALF = CLOCK >> 1


class Inbound:
    """
    Numbers here do not wrap, other than on the wire.

    @ivar nxt: the number of the segment that is expected next.
    @ivar ready: payloads that nobody has taken, in their order.
    @ivar window: how many segments are held at most that nobody has taken; and as many again while one is missing.
    @ivar acks: numbers and time stamps of segments that came before their time.
    @ivar last: the same of the one that came last, if it is to be acknowledged.
    @ivar fresh: how many came since the last acknowledgement.
    @ivar urgent: whether the peer should hear soon of what has come: something is missing, or was sent in vain.
    @ivar heard: the newest time stamp of the peer; None before the first.
    """

    __slots__ = ("_ahead", "acks", "fresh", "heard", "last", "nxt", "ready", "urgent", "window")

    def __init__(self, window: int) -> None:
        self.nxt = 0
        self.ready: list[bytes] = []
        self.window = window
        self.acks: list[tuple[int, int]] = []
        self.last: tuple[int, int] | None = None
        self.fresh = 0
        self.urgent = False
        self.heard: int | None = None
        self._ahead: dict[int, bytes] = {}

    @property
    def room(self) -> int:
        """For how many segments there is room."""
        return max(0, self.window - len(self.ready))

    def push(self, number: int, stamp: int, payload: bytes, regular: bool = True) -> None:
        """
        A segment has come, whichever.

        @param regular: whether it came by itself. One that was made from parity, and has come before, may be minutes
            old: nobody waits to hear of it.
        """
        ahead = number - self.nxt & _WRAP
        if ahead >= _HALF and not regular:
            return
        self.heard = stamp
        if ahead == 0 and self.room:
            self.ready.append(payload)
            self.nxt += 1
            if self._ahead:
                self.follow()
            self.last = number, stamp
            self.fresh += 1
        elif ahead >= _HALF:  # it has come before: our acknowledgement is lost, or late
            self.last = number, stamp
            self.urgent = True
        elif 0 < ahead < self.room:
            self._ahead[self.nxt + ahead] = payload
            if len(self.acks) < self.window:
                self.acks.append((number, stamp))
            self.urgent = True

    def came(self, many: int, stamp: int) -> None:
        """
        So many segments that were due were added to C{ready}.

        @param stamp: of the last one.
        """
        if many:
            self.nxt += many
            self.fresh += many
            self.last = self.nxt - 1 & _WRAP, stamp
            self.heard = stamp

    def follow(self) -> None:
        """Go on with what came before its time; the peer hears of it at once."""
        ahead, ready = self._ahead, self.ready
        self.urgent = True
        while self.nxt in ahead and len(ready) < self.window:
            ready.append(ahead.pop(self.nxt))
            self.nxt += 1

    @property
    def gap(self) -> bool:
        """Whether something came before its time, and waits."""
        return bool(self._ahead)

    def take(self) -> bytes:
        """@return: what is ready; it is taken."""
        ready = self.ready
        data = b"".join(ready) if len(ready) > 1 else ready[0]
        ready.clear()
        if self._ahead:
            self.follow()
        return data

    def acknowledge(self) -> list[tuple[int, int]]:
        """
        @return: what is to be acknowledged: what came before its time, and the last one; the rest is before the number
            that we expect. It counts as done.
        """
        due = [ack for ack in self.acks if (ack[0] - self.nxt & _WRAP) < _HALF]
        if self.last is not None:
            due.append(self.last)
        self.acks.clear()
        self.last = None
        self.fresh = 0
        self.urgent = False
        return due
