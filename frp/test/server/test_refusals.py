"""Tests of what is remembered of refused proxies, and of orders."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.server.orders import MOST_KICKS, Order, Orders
from frp.server.refusals import MOST, Refusal, Refusals


class RefusalsTests(SynchronousTestCase):
    """One client's."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.refusals = Refusals(self.clock)

    def test_again(self) -> None:
        """One that is refused again keeps its beginning, and has the latest reason."""
        self.refusals.note("a", "tcp", "taken")
        self.clock.advance(30)
        self.refusals.note("a", "tcp", "not allowed")
        self.assertEqual(list(self.refusals), [Refusal("a", "tcp", "not allowed", 0.0, 30.0, 2)])
        self.refusals.forget("a")
        self.assertEqual(len(self.refusals), 0)

    def test_bounded(self) -> None:
        """A client cannot make more of them than there is room for, nor larger ones."""
        for number in range(2 * MOST):
            self.refusals.note(f"{number} " + "x" * 9000, "t" * 9000, "w" * 9000)
        self.assertEqual([one.name.split()[0] for one in self.refusals], [str(one) for one in range(MOST, 2 * MOST)])
        self.assertEqual({len(text) for one in self.refusals for text in (one.name, one.type, one.why)}, {1000})
        self.refusals.forget(f"{MOST} " + "x" * 9000)
        self.assertEqual(len(self.refusals), MOST - 1)


class OrdersTests(SynchronousTestCase):
    """Those about clients that were sent away."""

    def test_kicks(self) -> None:
        """The last of each client is known, of the clients that were sent away last."""
        orders = Orders()
        for number in range(MOST_KICKS):
            orders.kick(str(number), Order("", number))
        orders.kick("0", Order("again", 5000))
        orders.kick("more", Order("", 6000))
        self.assertEqual(orders.kicks["0"], Order("again", 5000))
        self.assertNotIn("1", orders.kicks)
        self.assertEqual(len(orders.kicks), MOST_KICKS)
