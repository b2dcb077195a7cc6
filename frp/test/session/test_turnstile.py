"""The turnstile: work for which no user waits."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.interfaces import IPlace, ITurnstile
from frp.session.turnstile import OUTSIDE, SHARE, Turnstile


class TurnstileTests(SynchronousTestCase):
    """Each piece takes so much of a pass as a test says."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.turnstile = Turnstile(self.clock)
        self.done: list[str] = []

    def work(self, name: str, share: float = 0.6) -> None:
        """A piece of work, which takes its time."""
        self.done.append(name)
        self.clock.rightNow += share * SHARE

    def come(self, *names: str) -> None:
        """Pieces come, in this order."""
        for name in names:
            self.turnstile.enter(lambda name=name: self.work(name))  # type: ignore[misc]

    def passes(self) -> list[str]:
        """The next pass begins, and no other. @return: what was done in it."""
        before = len(self.done)
        for call in self.clock.calls[:1]:
            self.clock.calls.remove(call)
            call.called = 1
            call.func(*call.args, **call.kw)
        return self.done[before:]

    def test_interfaces(self) -> None:
        """It is what its interface says."""
        self.assertTrue(verifyObject(ITurnstile, self.turnstile))
        self.assertTrue(verifyObject(IPlace, OUTSIDE))
        self.assertFalse(OUTSIDE.waiting)

    def test_atOnce(self) -> None:
        """Whoever meets nobody waits for nothing, and costs no call of the reactor."""
        self.come("a")
        self.assertEqual((self.done, self.clock.calls), (["a"], []))

    def test_crowd(self) -> None:
        """Who comes first is first; in a pass there is so much of it, and not more, however long each piece takes."""
        self.come("a", "b", "c", "d", "e", "f")
        self.assertEqual(self.done, ["a", "b"])
        self.assertEqual([self.passes() for _ in range(3)], [["c", "d"], ["e", "f"], []])
        self.assertEqual(self.clock.calls, [])
        self.come("g")
        self.assertEqual(self.done[-1:], ["g"])

    def test_long(self) -> None:
        """One that takes longer than its share is alone in its pass."""
        for name in "abc":
            self.turnstile.enter(lambda name=name: self.work(name, 3))  # type: ignore[misc]
        self.assertEqual(self.done, ["a"])
        self.assertEqual([self.passes(), self.passes()], [["b"], ["c"]])

    def test_spread(self) -> None:
        """What comes with other things between counts together, as long as nobody knows of the end of a pass."""
        for name in "abc":
            self.come(name)
            self.clock.rightNow += 10 * SHARE
        self.assertEqual(self.done, ["a", "b"])

    def test_within(self) -> None:
        """What a piece brings along is done with it, while there is time; then it has its own turn."""

        def more() -> None:
            self.assertFalse(self.turnstile.busy)
            self.come("b", "c")
            self.assertTrue(self.turnstile.busy)
            self.come("d")
            self.done.append("a")

        self.turnstile.enter(more)
        self.assertEqual(self.done, ["b", "c", "a"])
        self.assertEqual(self.passes(), ["d"])
        self.come("x", "y", "z")
        self.turnstile.enter(more)
        self.assertEqual(self.passes(), ["y", "z"])
        self.assertEqual([self.passes(), self.passes()], [["b", "c", "a"], ["d"]])

    def test_left(self) -> None:
        """Who has left is passed over, before or after its turn."""
        self.come("a", "b")
        place = self.turnstile.enter(lambda: self.work("c"))
        self.come("d")
        self.assertTrue(place.waiting)
        place.leave()
        self.assertFalse(place.waiting)
        self.assertEqual(self.passes(), ["d"])
        place.leave()

    def test_raised(self) -> None:
        """A piece that fails costs nobody the turn."""
        self.come("a", "b")
        self.turnstile.enter(lambda: self.done[99])
        self.come("c")
        self.assertRaises(IndexError, self.passes)
        self.assertEqual(self.passes(), ["c"])

    def test_patient(self) -> None:
        """The patient come when nobody else waits, in their own order."""

        def patient(name: str) -> None:
            self.turnstile.call(lambda: maybeDeferred(self.work, name, 1.1), patient=True)

        self.come("a", "b")
        patient("p")
        patient("q")
        self.turnstile.enter(lambda: self.work("c", 1.1))
        self.assertEqual([self.passes() for _ in range(3)], [["c"], ["p"], ["q"]])

    def test_outcome(self) -> None:
        """Whoever waits for an outcome has it, at once or later, good or bad."""
        self.assertEqual(self.successResultOf(self.turnstile.call(lambda: succeed(1))), 1)
        self.come("a", "b")
        inner: Deferred[int] = Deferred()
        outcome = self.turnstile.call(lambda: inner)
        self.passes()
        self.assertNoResult(outcome)
        inner.errback(ValueError())
        self.failureResultOf(outcome, ValueError)

    def test_cancelled(self) -> None:
        """A call that is cancelled is not begun; what was begun is cancelled as well."""
        self.come("a", "b")
        outcome = self.turnstile.call(lambda: maybeDeferred(self.work, "c"))
        outcome.cancel()
        self.failureResultOf(outcome, CancelledError)
        self.assertEqual(self.passes(), [])
        inner: Deferred[None] = Deferred()
        outcome = self.turnstile.call(lambda: inner)
        outcome.cancel()
        self.failureResultOf(outcome, CancelledError)
