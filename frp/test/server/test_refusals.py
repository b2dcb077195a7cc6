"""Tests of what is remembered of refused proxies, and of orders."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.server.orders import MOST_KICKS, Order, Orders
from frp.server.refusals import MOST, Refusal, Refusals, WantedProxy


class RefusalsTests(SynchronousTestCase):
    """One client's."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.refusals = Refusals[WantedProxy](self.clock, lambda wanted: wanted.name)

    def note(self, name: str, why: str, kind: str = "tcp", cause: str = "") -> None:
        """A proxy is refused."""
        self.refusals.note(WantedProxy(name, kind), why, cause)

    def test_again(self) -> None:
        """One that is refused again keeps its beginning, and has the latest reason."""
        self.note("a", "taken", "udp")
        self.clock.advance(30)
        self.note("a", "not allowed", cause="port")
        self.assertEqual(list(self.refusals), [Refusal(WantedProxy("a", "tcp"), "not allowed", 0.0, 30.0, 2, "port")])
        self.refusals.forget(WantedProxy("a", ""))
        self.assertEqual(len(self.refusals), 0)

    def test_bounded(self) -> None:
        """A client cannot make more of them than there is room for, nor larger ones."""
        for number in range(2 * MOST):
            self.note(f"{number} " + "x" * 9000, "w" * 9000, "t" * 9000)
        names = [one.what.name.split()[0] for one in self.refusals]
        self.assertEqual(names, [str(one) for one in range(MOST, 2 * MOST)])
        texts = {len(text) for one in self.refusals for text in (one.what.name, one.what.type, one.why)}
        self.assertEqual(texts, {1000})
        self.refusals.forget(WantedProxy(f"{MOST} " + "x" * 9000, ""))
        self.assertEqual(len(self.refusals), MOST - 1)

    def test_crowd(self) -> None:
        """Whoever makes the most of them makes room: nobody pushes out those of others."""
        self.refusals = Refusals(self.clock, lambda wanted: wanted.name, lambda wanted: wanted.type, most=4)
        for name, kind in (("a", "tcp"), ("b", "udp"), *((str(number), "tcp") for number in range(10))):
            self.note(name, "no", kind)
        self.assertEqual([one.what.name for one in self.refusals], ["b", "7", "8", "9"])


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
