"""
How far a stream may run ahead of what its peer has taken.

A bulk stream that fills the whole window (6 MiB) puts that much into the sockets between the two ends, and whoever
shares the session waits behind it: 16 ms at 400 MB/s on one machine, and seconds on a slow link. As much throughput
needs far less under way, namely what is taken in one round trip. So the sender watches how fast its bytes are given
back, and keeps the part of the window in reserve that it does not need.
"""

from __future__ import annotations

from operator import attrgetter

import attrs

from frp.session.half import Outlet
from frp.session.inflow import MAX_WINDOW
from frp.wire.yamux import INITIAL_WINDOW

__all__ = ["SMALLEST_SAMPLE", "Pace"]

#: What peers, the reference as well, offer beyond what each stream has at first. Some of that may be under way when the
#: offer comes, and looks like it otherwise.
OFFER = MAX_WINDOW - INITIAL_WINDOW

#: Smaller updates say too little about the rate to be worth the look.
SMALLEST_SAMPLE = 8 * 1024

#: A peer that gives back so much at once, or less, gives back before a first window of the protocol's size is used up.
SMALL_STEP = INITIAL_WINDOW

#: Seconds that a sample of the rate takes at least: updates come in bursts.
SAMPLE = 0.01

#: Seconds that bytes may lie in queues beyond the round trip; and while others wait behind them.
QUEUE = 0.001
QUEUE_IN_COMPANY = 0.0002

#: Seconds by which bytes may be under way for longer than two round trips, before it is asked whose the queues are.
DOUBT = 0.002

#: So many of the bytes under way are left then. Where that has made them indeed fewer than
FEW = 0.6
FEWER = 0.75

#: of what they were, the time must be so much shorter, or the queue is not ours.
SHORTER = 0.85


@attrs.frozen
class Sample:
    """
    A time in which there was always more to be sent.

    @ivar rate: how many bytes a second the peer gave back.
    @ivar underWay: how many bytes were on the way to the peer, or the news of them on the way back, when it began.
    @ivar seconds: how long it took until the last of those was back.
    """

    rate: float
    underWay: int
    seconds: float


class Pace:
    """
    What one sender has learned.

    With C{rate} bytes a second taken and an idle round trip of C{r} seconds, C{rate * (2 * r + 1 ms)} may be under way.
    That leaves a queue, so the rate is never limited by it for long: where it is, the next sample is higher. It begins
    with what the protocol lets every stream send, as soon as it is known that the peer does not wait for more before it
    gives any back. A peer that gives back in large steps (the reference: 3 MiB) needs two of them.

    The way may have become longer than it ever was. What comes of this is too little then, the rate falls with it, and
    so on. So when bytes are under way for far too long, fewer are sent, and if that does not make it shorter, the queue
    is not ours: the session believes in a longer L{way<frp.session.way.Way>} for a while.

    @ivar reserve: how many bytes of the peer's window are not used.
    """

    __slots__ = (
        "_back",
        "_before",
        "_full",
        "_last",
        "_rate",
        "_settling",
        "_since",
        "_step",
        "_taken",
        "_underWay",
        "reserve",
    )

    def __init__(self) -> None:
        self.reserve = 0
        self._full = INITIAL_WINDOW  # the peer's window when nothing is under way
        self._step = 0  # the largest update of late
        self._rate = 0.0
        self._since: float | None = None  # when the present sample began
        self._taken = 0  # since then
        self._underWay = 0  # at that time
        self._back = 0.0  # how long it took until that had come back; 0 while it has not
        self._last = 0.0  # what the last one came to, in seconds
        self._settling = False  # it began when fewer were to be sent: they are not fewer yet
        self._before: tuple[int, Sample] | None = None  # what was allowed before that, and what came of it

    def credited(self, delta: int, window: int, session: Outlet, *, limited: bool) -> int:
        """
        The peer has given back C{delta} bytes.

        @param window: what it lets us send now, the reserve included.
        @param limited: more waits to be sent. The rate of who has nothing more to send says nothing.
        @return: the new reserve.
        """
        more = delta if delta == OFFER and self._full == INITIAL_WINDOW else window - self._full
        if more > 0:
            # Not a return of bytes: the peer offers more than before.
            self._full += more
            self._since = None
            if session.stepsKnown and session.way.shortest:
                self.reserve += more
            return self.reserve
        if delta <= SMALL_STEP:
            session.stepsKnown = True
        self._step = max(delta, self._step - self._step // 4)
        now = session.clock.seconds()
        if not limited or not session.way.shortest:
            self._since = None
        elif self._since is None:
            self._begin(now, window, session)
        else:
            self._taken += delta
            elapsed = now - self._since
            if not self._back and self._taken >= self._underWay:
                self._back = elapsed
            if elapsed >= max(SAMPLE, session.way.shortest) and (self._back or not self._rate):
                rate = self._taken / elapsed
                self._sampled(Sample(rate, self._underWay, self._back or self._underWay / rate), session)
                self._begin(now, window, session)
        return self.reserve

    def _begin(self, now: float, window: int, session: Outlet) -> None:
        self._since = now
        self._taken = 0
        self._back = 0.0
        # What may be sent leaves now, if the carrier takes it.
        self._underWay = self._full - (window if session.blocked else min(window, self.reserve))

    def _sampled(self, sample: Sample, session: Outlet) -> None:
        if self._settling:
            self._settling = False
            return
        way = session.way
        allowed = self._full - self.reserve
        if self._before is not None:
            allowedBefore, before = self._before
            self._before = None
            fewer, more = sorted((before, sample), key=attrgetter("underWay"))
            if fewer.underWay < FEWER * more.underWay and fewer.seconds > SHORTER * more.seconds:
                way.lengthened(min(fewer.seconds, more.seconds))
                allowed = max(allowed, allowedBefore)
        way.passed(sample.seconds)
        rate = self._rate = sample.rate if sample.rate > self._rate else (self._rate + sample.rate) / 2
        usual = 2 * way.shortest + (QUEUE_IN_COMPANY if session.company.here else QUEUE)
        longest = max(usual, 1.5 * way.lately)
        least = 2 * self._step
        needed = max(int(rate * longest), least)
        steady = sample.seconds < 1.5 * self._last < 2.25 * sample.seconds
        self._last = sample.seconds
        if steady and sample.seconds > 1.1 * longest + DOUBT:
            few = int(FEW * allowed)
            if few >= least:
                needed = max(few if way.wasLonger > usual else min(few, needed), least)
                self._tries(allowed, sample)
            elif sample.underWay <= allowed and way.mayBeTried(sample.seconds):
                needed = int(allowed / FEW)
                self._tries(allowed, sample)
        self.reserve = max(0, self._full - needed)

    def _tries(self, allowed: int, sample: Sample) -> None:
        """More or fewer are under way from now on, to see what comes of it."""
        self._before = allowed, sample
        self._settling = True
