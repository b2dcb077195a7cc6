"""Which two NATs let two clients meet: every pair of those that the laboratory has."""

from __future__ import annotations

from math import inf
from random import Random

from twisted.internet.defer import Deferred

from frp.nathole import punching
from frp.nathole.asking import discover
from frp.nathole.classification import NATFeature, classified
from frp.nathole.explaining import Chance, chance
from frp.nathole.local import localHosts
from frp.test.nathole.meeting import MeetingTestCase
from frp.test.test_docs import CHECKOUT
from frp.testing.natlab import KINDS, NATKind

#: Behind these; behind none a client is reached by everybody.
NAMES: dict[str, NATKind | None] = {"none": None, **KINDS}

#: Those that show every port another port. Two of them do not meet, nor does one that comes so close.
HARD = {"sequential", "busy", "random", "pool"}
ALMOST = {"by host", "sequential"}

#: Seconds in which they do, where it is told so.
_SECONDS = {Chance.YES: 5, Chance.LUCK: 90}

_GUIDE = CHECKOUT / "docs" / "guides" / "xtcp.md"


def meet(proxy: str, visitor: str) -> bool:
    """Whether these two do."""
    return not {proxy, visitor} <= HARD and {proxy, visitor} != ALMOST


def row(proxy: str) -> str:
    """@return: a row of the guide's table."""
    return f"| {proxy} | " + " | ".join("yes" if meet(proxy, visitor) else "-" for visitor in NAMES) + " |"


class _Pair(MeetingTestCase):
    """A user of a visitor that looks after its tunnel is served in the end, or never."""

    proxy: str
    visitor: str

    def setUp(self) -> None:
        super().setUp()
        # Some ports are guessed: always the same ones.
        self.patch(punching, "random", Random(1))

    def meets(self) -> float:
        """@return: after how many seconds the two have come together, or infinity if they have not in two minutes."""
        server = self.network.server()
        ann = self.offer(NAMES[self.proxy])
        bob = self.visit(NAMES[self.visitor], keepTunnelOpen=True, minRetryInterval=30, protocol="kcp")
        seconds = 0
        while seconds < 120 and not self.logged("report make hole success: true"):
            self.network.advance(1)
            seconds += 1
        user = self.asked(2)
        for service in (bob, ann, server):
            service.stopService()
        user.abort()
        self.network.advance(60)
        return seconds if user.received == b"hello" * 100 else inf

    def runs(self) -> None:
        """They do what the guide says, and in the time that C{nathole discover --explain} promises."""
        expected = chance(self.seen(self.proxy), self.seen(self.visitor))
        seconds = self.meets()
        self.assertEqual(seconds < inf, meet(self.proxy, self.visitor))
        if expected in _SECONDS:
            self.assertLessEqual(seconds, _SECONDS[expected])
        else:
            self.assertTrue(expected is Chance.SOME or seconds == inf, "it is said that they do not meet")

    def seen(self, name: str) -> NATFeature:
        """@return: what there is to see of a NAT."""
        host = self.host(NAMES[name])
        found = Deferred.fromCoroutine(discover(host, self.lab.stun))
        self.network.advance(1)
        return classified(self.successResultOf(found).mapped, localHosts(host))


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
