"""How far a stream runs ahead of what its peer has taken."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.session.company import Company
from frp.session.pace import QUEUE, QUEUE_IN_COMPANY, Pace
from frp.session.way import BELIEVED, Way
from frp.wire.yamux import INITIAL_WINDOW

FULL = 6 * 1024 * 1024
STEP = 256 * 1024


@attrs.define
class Session:
    """What a stream asks of it."""

    clock: Clock
    company: Company
    way: Way
    blocked: bool = False
    stepsKnown: bool = True


class PaceTests(SynchronousTestCase):
    """A peer that takes what we send, at some rate."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.session: Any = Session(self.clock, Company(self.clock), Way(self.clock))
        self.session.way.shortest = 0.001
        self.pace = Pace()

    def offer(self) -> int:
        """The peer offers its whole window. @return: what is used of it."""
        return FULL - self.pace.credited(FULL - INITIAL_WINDOW, FULL, self.session, limited=False)

    def take(self, rate: int, step: int = STEP, *, limited: bool = True, seconds: float = 1) -> int:
        """The peer gives back in such steps. @return: what may be under way then."""
        for _ in range(round(seconds * rate / step)):
            self.clock.advance(step / rate)
            self.pace.credited(step, self.pace.reserve, self.session, limited=limited)
        return FULL - self.pace.reserve

    def test_first(self) -> None:
        """Where the peer is known to give back in small steps, the protocol's own window is enough to begin with."""
        self.assertEqual(self.offer(), INITIAL_WINDOW)

    def test_unknown(self) -> None:
        """A peer that may wait for more before it gives any back gets all that it lets us send."""
        self.session.stepsKnown = False
        self.assertEqual(self.offer(), FULL)
        self.session.way.shortest = 0
        self.assertEqual(self.take(100_000_000), FULL)

    def test_learned(self) -> None:
        """Small steps are noted, for the streams to come."""
        self.session.stepsKnown = False
        self.offer()
        self.take(100_000_000, 3 << 20)
        self.assertFalse(self.session.stepsKnown)
        self.take(100_000_000)
        self.assertTrue(self.session.stepsKnown)

    def test_rate(self) -> None:
        """As much as is taken in two round trips and a moment is under way: no less, or the rate would be bounded."""
        self.offer()
        rate = 400_000_000
        self.assertApproximates(self.take(rate), rate * (0.002 + QUEUE), STEP)

    def test_slowLink(self) -> None:
        """Over a slow link that is little, and the steps of the peer are small, too."""
        self.offer()
        self.assertEqual(self.take(2_500_000, 8192), 2 * 8192)

    def test_largeSteps(self) -> None:
        """A peer that gives back half its window at once needs two of them."""
        self.session.stepsKnown = False
        self.offer()
        self.assertEqual(self.take(2_500_000, FULL // 2, seconds=10), FULL)

    def test_nothingToSend(self) -> None:
        """Who has nothing more to send teaches nothing about the rate."""
        self.offer()
        before = self.take(400_000_000)
        self.assertEqual(self.take(1_000_000, 8192, limited=False), before)

    def test_company(self) -> None:
        """While others wait for answers, hardly anything lies in queues; afterwards it is as before."""
        self.offer()
        rate = 400_000_000
        alone = self.take(rate, 65536)
        self.session.company.came()
        self.assertApproximates(self.take(rate, 65536, seconds=0.04), rate * (0.002 + QUEUE_IN_COMPANY), 65536)
        self.assertApproximates(self.take(rate, 65536, seconds=0.1), alone, 100)


class ChangingWayTests(SynchronousTestCase):
    """A link with a rate and a delay, both of which change, and a peer that gives back what it gets at once."""

    STEP = 16384

    def setUp(self) -> None:
        self.clock = Clock()
        self.session: Any = Session(self.clock, Company(self.clock), Way(self.clock))
        self.session.way.shortest = 0.01
        self.pace = Pace()
        self.window = INITIAL_WINDOW
        self.free = 0.0
        self.got = 0
        self.left = 0  # to be sent; -1 for no end
        self.credit(FULL - INITIAL_WINDOW)

    def path(self, rate: float, delay: float) -> None:
        """@param delay: seconds of a round trip."""
        self.rate, self.delay = rate, delay

    def credit(self, delta: int) -> None:
        self.got += delta
        self.window += delta
        self.pace.credited(delta, self.window, self.session, limited=self.left != 0)
        self.flush()

    def flush(self) -> None:
        while self.left and (space := self.window - self.pace.reserve) > 0:
            size = min(self.STEP, space)
            if self.left > 0:
                size = min(size, self.left)
                self.left -= size
            self.window -= size
            self.free = max(self.free, self.clock.seconds()) + size / self.rate
            self.clock.callLater(self.free - self.clock.seconds() + self.delay, self.credit, size)

    def run_(self, seconds: float) -> float:
        """@return: the bytes a second that were given back."""
        before, until = self.got, self.clock.seconds() + seconds
        while self.clock.seconds() < until:
            self.clock.advance(0.001)
        return (self.got - before) / seconds

    def test_grows(self) -> None:
        """Where what is under way bounds the rate, more is allowed with each sample, until it does not."""
        self.session.way.shortest = 0.1
        self.left = -1
        self.path(20e6, 0.1)
        self.flush()
        self.assertLess(self.run_(0.2), 5e6)
        self.run_(0.8)
        self.assertGreater(self.run_(1), 19.9e6)

    def test_longer(self) -> None:
        """
        Where the way becomes longer than it ever was, the stream loses its pace only until it has found that out, and
        while it looks now and then whether it still is.
        """
        self.left = -1
        self.path(12.5e6, 0.01)
        self.flush()
        self.run_(2)
        self.path(2e6, 0.2)
        self.run_(3)
        self.assertGreater(self.run_(20), 1.8e6)

    def test_shorter(self) -> None:
        """And where it is the old one again, little is under way as before."""
        self.left = -1
        self.path(2e6, 0.01)
        self.flush()
        self.run_(2)
        before = FULL - self.pace.reserve
        self.path(2e6, 0.2)
        self.run_(5)
        self.assertGreater(FULL - self.pace.reserve, 4 * before)
        self.path(2e6, 0.01)
        self.run_(BELIEVED + 2)
        self.assertLess(FULL - self.pace.reserve, 1.5 * before)
        self.assertGreater(self.run_(1), 1.9e6)

    def test_ours(self) -> None:
        """A queue of our own is no longer way: it is made short, and the link stays full."""
        self.left = -1
        self.path(12.5e6, 0.01)
        self.flush()
        self.run_(2)
        self.path(1e6, 0.01)
        self.run_(2)
        self.assertLess((FULL - self.pace.reserve) / 1e6, 0.06)
        self.assertEqual(self.session.way.lately, 0)
        self.assertGreater(self.run_(2), 0.9e6)

    def test_bursts(self) -> None:
        """What is sent after a pause is as fast as what was sent before it: a pause says nothing about the rate."""
        self.session.way.shortest = 0.05
        self.path(12.5e6, 0.05)
        took = []
        for _ in range(6):
            self.left = 1 << 20
            self.flush()
            before, began = self.got, self.clock.seconds()
            while self.got - before < 1 << 20:
                self.clock.advance(0.001)
            took.append(round(self.clock.seconds() - began, 3))
            self.run_(1)
        self.assertEqual(took, sorted(took, reverse=True))
        self.assertLess(took[-1], (1 << 20) / 12.5e6 + 0.06)


class CompanyTests(SynchronousTestCase):
    """Who waits for answers."""

    def test_moment(self) -> None:
        """Somebody is company for a moment after he has written little."""
        clock = Clock()
        company = Company(clock)
        self.assertFalse(company.here)
        company.came()
        self.assertTrue(company.here)
        clock.advance(0.04)
        self.assertTrue(company.here)
        clock.advance(0.02)
        self.assertFalse(company.here)
