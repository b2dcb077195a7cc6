"""Tests of who has been here."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.server.registry.roster import Roster
from frp.wire.messages import Login


class RosterTests(SynchronousTestCase):
    """Clients that come and go."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.roster = Roster(self.clock)

    def enter(self, visit: str, runId: str = "run", **login: Any) -> None:
        """A client logs in."""
        self.roster.entered(visit, runId, Login(**login), "127.0.0.1", wireProtocol="v1")

    def keys(self) -> list[str]:
        """The clients that are remembered."""
        return [seen.key for seen in self.successResultOf(self.roster.seen())]

    def test_keys(self) -> None:
        """A client is called by its user and its own name, or its run id where it has none."""
        self.enter("1", "r1")
        self.enter("2", "r2", user="u")
        self.enter("3", "r3", user="u", client_id="c")
        self.enter("4", "r4", client_id="c")
        self.assertEqual(self.keys(), ["c", "r1", "u.c", "u.r2"])

    def test_back(self) -> None:
        """A client that comes back is the same one, known since its first time."""
        self.enter("1", "r1", client_id="c")
        self.clock.advance(5)
        self.roster.left("1", "it was lost")
        self.assertEqual(self.successResultOf(self.roster.online()), 0)
        (seen,) = self.successResultOf(self.roster.seen())
        self.assertEqual((seen.leftAt, seen.leftWhy), (5, "it was lost"))
        self.clock.advance(5)
        self.enter("2", "r2", client_id="c")
        (seen,) = self.successResultOf(self.roster.seen())
        self.assertEqual((seen.firstAt, seen.lastAt, seen.leftAt, seen.runId), (0, 10, None, "r2"))
        self.assertEqual(seen.leftWhy, "")

    def test_forgotten(self) -> None:
        """Who stays away for more than a week is forgotten; who comes back in time is not."""
        for visit in ("1", "2", "3"):
            self.enter(visit, client_id=f"c{visit}")
            self.roster.left(visit, "it was lost")
        self.clock.advance(6 * 86400)
        self.enter("4", client_id="c1")
        self.enter("5", client_id="c2")
        self.roster.left("5", "it was lost")
        self.clock.advance(86400 + 1)
        self.assertEqual(self.keys(), ["c1", "c2"])
        self.assertIsNone(self.successResultOf(self.roster.find("c3")))
        self.clock.advance(6 * 86400)
        self.assertEqual(self.keys(), ["c1"])

    def test_replaced(self) -> None:
        """An old visit that ends late does not send the new one away."""
        self.enter("1", client_id="c")
        self.enter("2", client_id="c")
        self.roster.left("1", "it was lost")
        self.assertEqual(self.successResultOf(self.roster.online()), 1)

    def test_nameless(self) -> None:
        """A client without a name is forgotten when it leaves; leaving twice changes nothing."""
        self.enter("1")
        self.roster.left("1", "it was lost")
        self.roster.left("1", "it was lost")
        self.assertEqual(self.keys(), [])
