"""One direction of a conversation: what we send, until it is acknowledged."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from math import inf

from frp.wire.kcp.roundtrip import LONGEST, RoundTrip
from frp.wire.kcp.segments import CLOCK, MSS

__all__ = ["Outbound", "Sent"]

_WRAP = CLOCK - 1
_HALF = CLOCK >> 1

#: What a peer takes before it has said so.
_FIRST_WINDOW = 32

#: So many later segments acknowledged, and one is taken for lost.
_SKIPS = 2


class Sent:
    """
    A segment that is not acknowledged.

    @ivar sentAt: when it was last sent; @ivar wait: how long its acknowledgement may take.
    @ivar due: when that is over.
    @ivar skips: how many segments that were sent no earlier, and come behind it, are acknowledged since then.
    @ivar times: how often it was sent.
    """

    __slots__ = ("due", "payload", "sentAt", "skips", "times", "wait")

    def __init__(self, payload: bytes, now: int, wait: int) -> None:
        self.payload = payload
        self.sentAt = now
        self.wait = wait
        self.due = now + wait
        self.skips = 0
        self.times = 1


class Outbound:
    """
    Numbers here do not wrap, other than on the wire.

    @ivar una: the number of the first segment that is not acknowledged; @ivar nxt: of the next one.
    @ivar waiting: how many bytes were written and not sent yet.
    @ivar window: how many segments the peer has room for.
    @ivar due: no segment is to be sent again before this time (milliseconds).
    @ivar proven: whether the peer has answered to a time stamp of ours.
    @ivar worst: how often the segment was sent that was sent most often, of those that were looked at last.
    """

    __slots__ = (
        "_echoed", "_first", "_flight", "_limit", "_queue", "_resend", "due", "nxt", "proven", "roundTrip", "una",
        "waiting", "window", "worst",
    )  # fmt: skip

    def __init__(self, limit: int) -> None:
        """@param limit: how many segments may be under way."""
        self.una = self.nxt = 0
        self.waiting = 0
        self.window = _FIRST_WINDOW
        self.due = inf
        self.proven = False
        self.worst = 1
        self.roundTrip = RoundTrip()
        self._limit = limit
        self._echoed = -inf  # when that was sent of which the newest acknowledgement tells
        self._flight: dict[int, Sent] = {}  # in the order of their numbers
        self._queue: deque[bytes] = deque()
        self._first = 0  # bytes of the first piece in it that are sent
        self._resend = False

    @property
    def flying(self) -> int:
        """How many segments are sent and not acknowledged."""
        return len(self._flight)

    @property
    def empty(self) -> bool:
        """Whether all that was written has arrived."""
        return not self._flight and not self.waiting

    @property
    def ready(self) -> bool:
        """Whether something can be sent now that was not yet, or is taken for lost."""
        return self._resend or (self.waiting > 0 and self.nxt - self.una < min(self._limit, self.window))

    def write(self, data: bytes) -> None:
        if data:
            self._queue.append(data)
            self.waiting += len(data)

    # What the peer says

    def expects(self, number: int) -> None:
        """
        The peer has all before this one.

        @param number: from the wire, as all here; what makes no sense is not heeded.
        """
        una = self.una
        if 0 < (number - una & _WRAP) <= self.nxt - una:
            flight = self._flight
            for each in range(una, una + (number - una & _WRAP)):
                flight.pop(each, None)
            self.una = next(iter(flight), self.nxt)

    def acknowledged(self, acks: list[tuple[int, int]], now: int, regular: bool) -> None:
        """
        @param acks: numbers and time stamps, in their order.
        @param regular: whether they came by themselves; what was made from parity says nothing about time.
        """
        una, flight = self.una, self._flight
        sent = self.nxt - una
        known = sorted(una + each for number, _ in acks if (each := number - una & _WRAP) < sent)
        for number in known:
            flight.pop(number, None)
        self.una = next(iter(flight), self.nxt)
        stamp = acks[-1][1]
        trip = now - stamp & _WRAP
        if trip <= 2 * LONGEST:
            self.proven = True
            # Parity may bring the peer a segment long after its time. What it says then of an old one is no round trip.
            if regular and now - trip >= self._echoed:
                self._echoed = now - trip
                self.roundTrip.measured(trip)
        if known and self.una < known[-1]:
            self._skip(known, now - (trip if trip < _HALF else trip - CLOCK))

    def _skip(self, known: list[int], stamp: int) -> None:
        """@param stamp: when the last of those was sent that are acknowledged."""
        last = known[-1]
        for number, sent in self._flight.items():
            if number >= last:
                break
            if sent.sentAt <= stamp:
                sent.skips += len(known) - bisect_right(known, number)
                if sent.skips >= _SKIPS or not self.waiting:
                    self._resend = True

    # What is to be sent

    def again(self, now: int) -> list[tuple[int, Sent]]:
        """
        @return: what is to be sent again: it was skipped, or its time is over. It counts as sent now.
        """
        if not self._resend and now < self.due:
            return []
        self._resend = False
        found: list[tuple[int, Sent]] = []
        due, worst = inf, 1
        timeout = self.roundTrip.timeout
        enough = _SKIPS if self.waiting else 1
        for number, sent in self._flight.items():
            if sent.skips >= enough:
                sent.wait = timeout
            elif sent.due <= now:
                sent.wait = min(sent.wait + timeout // 2, LONGEST)
            else:
                due = min(due, sent.due)
                continue
            sent.skips = 0
            sent.sentAt = now
            sent.times += 1
            sent.due = now + sent.wait
            due = min(due, sent.due)
            worst = max(worst, sent.times)
            found.append((number, sent))
        self.due, self.worst = due, worst
        return found

    def fresh(self, now: int) -> list[bytes]:
        """
        @return: the payloads of new segments, the first of which has the number that was C{nxt}. They count as sent
            now.
        """
        room = self.una + min(self._limit, self.window) - self.nxt
        if room <= 0 or not self.waiting:
            return []
        data = self._take(room * MSS)
        payloads = [data[at : at + MSS] for at in range(0, len(data), MSS)] if len(data) > MSS else [data]
        number, flight, wait = self.nxt, self._flight, self.roundTrip.timeout
        for payload in payloads:
            flight[number] = Sent(payload, now, wait)
            number += 1
        self.nxt = number
        self.due = min(self.due, now + wait)
        return payloads

    def _take(self, size: int) -> bytes:
        """The first bytes of the queue, so many at most."""
        queue, first = self._queue, self._first
        pieces = []
        while queue and size > 0:
            piece = queue[0]
            left = len(piece) - first
            if left > size:
                pieces.append(piece[first : first + size])
                first += size
                break
            pieces.append(piece[first:] if first else piece)
            size -= left
            first = 0
            queue.popleft()
        self._first = first
        data = b"".join(pieces) if len(pieces) > 1 else pieces[0]
        self.waiting -= len(data)
        return data
