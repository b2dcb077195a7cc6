"""
How far a stream may run ahead of what its peer has taken.

A bulk stream that fills the whole window (6 MiB) puts that much into the sockets between the two ends, and whoever
shares the session waits behind it: 16 ms at 400 MB/s on one machine, and seconds on a slow link. As much throughput
needs far less under way, namely what is taken in one round trip. So the sender watches how fast its bytes are given
back, and keeps the part of the window in reserve that it does not need.
"""

from __future__ import annotations

from frp.session.half import Outlet
from frp.session.inflow import IN_COMPANY, MAX_WINDOW
from frp.session.returns import GIVE_TIME
from frp.session.way import Sample
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

#: Seconds by which bytes may be under way for longer than two round trips, before it is asked whose the queues are; and
#: that where the peer gives back in full steps. Within one machine it may be that somebody else has the processor.
DOUBT = 0.003
DOUBT_FAST = 0.015

#: Seconds without anything to be sent that end a sample. Shorter ones come of taking turns with those who write.
PAUSE = 0.02

#: Seconds that a sample takes by which that is judged.
TRIAL = 0.05

#: So many of the bytes under way are left then.
FEW = 0.6


class Pace:
    """
    What one sender has learned.

    With C{rate} bytes a second taken and an idle round trip of C{r} seconds, C{rate * (2 * r + 1 ms)} may be under way.
    That leaves a queue, so the rate is never limited by it for long: where it is, the next sample is higher. It begins
    with what the protocol lets every stream send, as soon as it is known that the peer does not wait for more before it
    gives any back. A peer that gives back in large steps (the reference: 3 MiB) needs two of them.

    The way may have become longer than it ever was. What comes of this is too little then, the rate falls with it, and
    so on. So when bytes are under way for far too long, fewer are sent for a moment, or more where that would be less
    than two steps, and the session's L{way<frp.session.way.Way>} judges by what comes of it.

    @ivar reserve: how many bytes of the peer's window are not used.
    """

    __slots__ = (
        "_before",
        "_full",
        "_idle",
        "_last",
        "_least",
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
        self._idle = 0.0  # since when there was nothing more to be sent; 0 while there is
        self._underWay = 0  # at that time
        self._least = SAMPLE  # how long it takes at least
        self._last = 0.0  # what the last one came to, in seconds
        self._settling = False  # it began when fewer or more were to be sent: they are not yet
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
        self._taken += delta
        if not limited:
            self._idle = self._idle or now
        elif self._since is None or not session.way.shortest or (self._idle and now - self._idle > PAUSE):
            self._begin(now, window, session)
        else:
            self._idle = 0.0
            elapsed = now - self._since
            # What was under way when it began must be back; but the first glimpse of the rate is better than none.
            back = self._taken >= self._underWay or not self._rate
            if back and elapsed >= max(self._least, session.way.shortest):
                self._sampled(Sample(self._taken / elapsed, self._underWay, elapsed), session)
                self._begin(now, window, session)
        return self.reserve

    def _begin(self, now: float, window: int, session: Outlet) -> None:
        self._since = now
        self._idle = 0.0
        self._taken = 0
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
            if way.judge(before, sample):
                allowed = max(allowed, allowedBefore)
        way.passed(sample.seconds)
        rate = self._rate = sample.rate if sample.rate > self._rate else (self._rate + sample.rate) / 2
        usual = 2 * way.shortest + (QUEUE_IN_COMPANY if session.company.here else QUEUE)
        # Over slow links the peer waits for time, and not for a step.
        ofTime = rate * GIVE_TIME < IN_COMPANY
        if ofTime:
            usual += GIVE_TIME
        longest = max(usual, 1.5 * way.lately)
        least = 2 * self._step
        needed = max(int(rate * longest), least)
        steady = sample.seconds < 1.5 * self._last < 2.25 * sample.seconds
        self._last = sample.seconds
        doubt = sample.seconds > 1.1 * longest + (DOUBT if ofTime else DOUBT_FAST)
        self._least = TRIAL if doubt else SAMPLE
        if doubt and steady and sample.elapsed >= TRIAL:
            few = int(FEW * allowed)
            if few >= least:
                needed = max(few if way.wasLonger > usual else min(few, needed), least)
                self._tries(allowed, sample)
            elif sample.underWay <= allowed and way.mayBeTried(sample.seconds):
                needed = int(allowed / FEW)
                self._tries(allowed, sample)
        elif ofTime and not doubt:
            needed = max(needed, allowed)
        self.reserve = max(0, self._full - needed)

    def _tries(self, allowed: int, sample: Sample) -> None:
        """More or fewer will be under way, to see what comes of it."""
        self._before = allowed, sample
        self._settling = True
