"""Which two NATs let two clients meet: every pair of those that the laboratory has."""

from __future__ import annotations

from random import Random

from frp.nathole import punching
from frp.test.nathole.meeting import MeetingTestCase
from frp.test.test_docs import CHECKOUT
from frp.testing.natlab import KINDS, NATKind

#: Behind these; behind none a client is reached by everybody.
NAMES: dict[str, NATKind | None] = {"none": None, **KINDS}

#: Those that show everybody another port. Two of them do not meet.
HARD = {"sequential", "busy", "random", "pool"}

_GUIDE = CHECKOUT / "docs" / "guides" / "xtcp.md"


def row(proxy: str) -> str:
    """@return: a row of the guide's table."""
    return f"| {proxy} | " + " | ".join("-" if {proxy, visitor} <= HARD else "yes" for visitor in NAMES) + " |"


class _Pair(MeetingTestCase):
    """A user of a visitor that looks after its tunnel is served in the end, or never."""

    proxy: str
    visitor: str

    def setUp(self) -> None:
        super().setUp()
        # Some ports are guessed: always the same ones.
        self.patch(punching, "random", Random(1))

    def meets(self) -> bool:
        """Whether the two come together within two minutes."""
        server = self.network.server()
        ann = self.offer(NAMES[self.proxy])
        bob = self.visit(NAMES[self.visitor], keepTunnelOpen=True, minRetryInterval=30, protocol="kcp")
        for _ in range(24):
            self.network.advance(5)
            if self.logged("report make hole success: true"):
                break
        user = self.asked(2)
        for service in (bob, ann, server):
            service.stopService()
        user.abort()
        self.network.advance(60)
        return user.received == b"hello" * 100

    def runs(self) -> None:
        """One of the two has to be seen under one port by everybody."""
        self.assertEqual(self.meets(), not {self.proxy, self.visitor} <= HARD)


def _pairs() -> dict[str, type[_Pair]]:
    made = {}
    for proxy in NAMES:
        for visitor in NAMES:
            name = f"PairTests {proxy} {visitor}".replace(" ", "_")
            space = {"__module__": __name__, "proxy": proxy, "visitor": visitor, "test_meets": _Pair.runs}
            made[name] = type(name, (_Pair,), space)
    return made


globals().update(_pairs())


class GuideTests(MeetingTestCase):
    """What is told of it."""

    def test_table(self) -> None:
        """The guide says the same."""
        if not _GUIDE.exists():
            self.skipTest("the pages are in the checkout")
        text = _GUIDE.read_text()
        for proxy in NAMES:
            self.assertIn(row(proxy), text)
