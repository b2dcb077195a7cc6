"""Which way a packet goes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.wire.ip.routes import Routes

A, B, C = b"\x0a\0\0\1", b"\x0a\0\0\2", b"\xfd" + bytes(15)


class RoutesTests(SynchronousTestCase):
    """Ways are words here."""

    def setUp(self) -> None:
        self.routes: Routes[str] = Routes(2)

    def found(self) -> list[str | None]:
        """@return: the ways to A, B and C."""
        return [self.routes.find(address) for address in (A, B, C)]

    def test_unknown(self) -> None:
        """Nothing leads where nobody has been, and to no address."""
        self.assertEqual(self.found(), [None, None, None])
        self.assertIsNone(self.routes.find(b""))

    def test_lead(self) -> None:
        """A way leads to an address until it is forgotten."""
        self.routes.lead(A, "west")
        self.routes.lead(C, "east")
        self.assertEqual(self.found(), ["west", None, "east"])
        self.routes.forget("west")
        self.assertEqual(self.found(), [None, None, "east"])

    def test_learn(self) -> None:
        """Answers go where packets came from last; who had them before is told."""
        self.assertIsNone(self.routes.learn(A, "west"))
        self.assertIsNone(self.routes.learn(A, "west"))
        self.assertEqual(self.routes.learn(A, "east"), "west")
        self.assertEqual(self.routes.find(A), "east")
        self.routes.forget("west")
        self.assertEqual(self.routes.find(A), "east")
        self.routes.forget("east")
        self.assertIsNone(self.routes.find(A))

    def test_leadingWins(self) -> None:
        """Nobody takes an address away by sending from it, before or after."""
        self.routes.learn(A, "east")
        self.routes.lead(A, "west")
        self.assertIsNone(self.routes.learn(A, "east"))
        self.assertEqual(self.routes.find(A), "west")
        self.routes.forget("east")
        self.assertEqual(self.routes.find(A), "west")

    def test_bound(self) -> None:
        """Of too many addresses that come one way the oldest is forgotten, and no other way's."""
        self.routes.learn(C, "east")
        for number in range(100):
            self.routes.learn(bytes([10, 1, 1, number]), "west")
        self.assertEqual(
            [self.routes.find(bytes([10, 1, 1, number])) for number in (0, 97, 98, 99)], [None, None, "west", "west"]
        )
        self.assertEqual(self.routes.find(C), "east")
        self.routes.forget("west")
        self.assertIsNone(self.routes.find(bytes([10, 1, 1, 99])))
