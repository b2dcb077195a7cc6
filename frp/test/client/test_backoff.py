"""When frpc tries again."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.client.life import AT_ONCE, LASTING, UNREACHED_LONGEST, Backoff


class BackoffTests(SynchronousTestCase):
    """The server is in trouble, or does not want us."""

    def test_refused(self) -> None:
        """A server that says no is asked less and less often: at first up to every 10 seconds, later every 20."""
        backoff = Backoff(lambda: 0.0)
        self.assertEqual([backoff.refused() for _ in range(5)], [2, 4, 8, 10, 10])
        backoff.succeeded()
        self.assertEqual([backoff.refused() for _ in range(6)], [2, 4, 8, 16, 20, 20])

    def test_unreached(self) -> None:
        """One that is not there is tried often, and sooner again after it was there."""
        backoff = Backoff(lambda: 0.5)
        self.assertEqual([backoff.unreached() for _ in range(6)], [0.2, 0.4, 0.8, 1.6, UNREACHED_LONGEST, 2.2])
        backoff.succeeded()
        self.assertEqual(backoff.unreached(), 0.2)

    def test_ended(self) -> None:
        """Sessions that come to nothing are begun less and less often, whether a login was refused between them."""
        backoff = Backoff(lambda: 0.5)
        waits = [backoff.ended(1.0) for _ in range(5)]
        backoff.refused()
        backoff.succeeded()
        waits += [backoff.ended(lasted) for lasted in (1.0, 1.0, 1.0, 1.0, 1.0, 12.0, 19.9)]
        self.assertEqual(waits, [0.2, 0.2, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, LASTING - 1, LASTING - 12, 0.2])
        self.assertEqual([backoff.ended(LASTING) for _ in range(5)], [AT_ONCE] * 5)
        self.assertEqual([backoff.ended(0.0) for _ in range(4)], [0.2, 0.2, 0.2, 0.4])

    def test_apart(self) -> None:
        """Clients do not come at once, and none later than 2.75 seconds."""
        waits = []
        for random in (0.0, 1.0):
            backoff = Backoff(lambda random=random: random)  # type: ignore[misc]
            waits.append([backoff.unreached() for _ in range(9)][-1])
        self.assertEqual([round(wait, 2) for wait in waits], [1.65, 2.75])
        self.assertAlmostEqual(Backoff(lambda: 1.0).refused(), 2.2)
