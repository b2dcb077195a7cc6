"""How far a stream runs ahead of what its peer has taken."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.session.company import Company
from frp.session.pace import QUEUE, QUEUE_IN_COMPANY, Pace
from frp.wire.yamux import INITIAL_WINDOW

FULL = 6 * 1024 * 1024
STEP = 256 * 1024


@attrs.define
class Session:
    """What a stream asks of it."""

    clock: Clock
    company: Company
    roundTrip: float = 0.001
    stepsKnown: bool = True


class PaceTests(SynchronousTestCase):
    """A peer that takes what we send, at some rate."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.session: Any = Session(self.clock, Company(self.clock))
        self.pace = Pace()

    def offer(self) -> int:
        """The peer offers its whole window. @return: what is used of it."""
        return FULL - self.pace.credited(FULL - INITIAL_WINDOW, FULL, self.session, limited=False)

    def take(self, rate: int, step: int = STEP, *, limited: bool = True, seconds: float = 1) -> int:
        """The peer gives back in such steps. @return: what may be under way then."""
        for _ in range(round(seconds * rate / step)):
            self.clock.advance(step / rate)
            self.pace.credited(step, 0, self.session, limited=limited)
        return FULL - self.pace.reserve

    def test_first(self) -> None:
        """Where the peer is known to give back in small steps, the protocol's own window is enough to begin with."""
        self.assertEqual(self.offer(), INITIAL_WINDOW)

    def test_unknown(self) -> None:
        """A peer that may wait for more before it gives any back gets all that it lets us send."""
        self.session.stepsKnown = False
        self.assertEqual(self.offer(), FULL)
        self.session.roundTrip = 0
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

    def test_grows(self) -> None:
        """Where what is under way bounds the rate, more is allowed with each sample, until it does not."""
        self.session.roundTrip = 0.1
        self.offer()
        allowed = [INITIAL_WINDOW]
        for _ in range(5):
            allowed.append(self.take(allowed[-1] * 10, 32768, seconds=0.11))
        self.assertEqual(allowed, sorted(allowed))
        self.assertGreater(allowed[-1], 10 * INITIAL_WINDOW)

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
