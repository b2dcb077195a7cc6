"""Which way two clients are told to go."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.nathole import plans
from frp.nathole.behaviours import MODES, RECEIVER, SENDER, Behaviour
from frp.nathole.plans import Plans, answers
from frp.wire.messages import NatHoleClient, NatHoleVisitor, PortsRange

EASY = ["192.0.2.1:1000", "192.0.2.1:1000"]
REGULAR = ["192.0.2.2:1000", "192.0.2.2:1003"]
HARD = ["192.0.2.3:1000", "192.0.2.3:9000"]


def asked(
    client: list[str], visitor: list[str], assisted: list[str] | None = None
) -> tuple[NatHoleClient, NatHoleVisitor]:
    """What the two say."""
    return (
        NatHoleClient(transaction_id="c", sid="s", mapped_addrs=client, assisted_addrs=assisted or []),
        NatHoleVisitor(transaction_id="v", protocol="kcp", mapped_addrs=visitor),
    )


class TableTests(SynchronousTestCase):
    """The ways that there are."""

    def test_sizes(self) -> None:
        """As many as the reference has of each."""
        self.assertEqual([len(mode) for mode in MODES], [10, 6, 3, 6, 3])

    def test_rows(self) -> None:
        """Some of them, as the reference lists them."""
        self.assertEqual(MODES[0][0], (Behaviour(SENDER), Behaviour(RECEIVER, ttl=7)))
        self.assertEqual(MODES[0][7], (Behaviour(SENDER, delay=10000), Behaviour(RECEIVER)))
        self.assertEqual(MODES[0][8], (Behaviour(RECEIVER), Behaviour(SENDER, delay=5000)))
        self.assertEqual(MODES[1][3], (Behaviour(SENDER, delay=2000), Behaviour(RECEIVER, ttl=4, near=10)))
        self.assertEqual(MODES[2][2], (Behaviour(SENDER, delay=3000, random=1000), Behaviour(RECEIVER, listens=256)))
        self.assertEqual(MODES[3][4], (Behaviour(RECEIVER, ttl=4, near=10), Behaviour(SENDER, near=10)))
        self.assertEqual(
            MODES[4][0], (Behaviour(SENDER, delay=3000, random=1000), Behaviour(RECEIVER, ttl=7, near=2, listens=256))
        )

    def test_roles(self) -> None:
        """Of each two one sends and the other receives."""
        for mode in MODES:
            for first, second in mode:
                self.assertEqual({first.role, second.role}, {SENDER, RECEIVER})


class PlanTests(SynchronousTestCase):
    """What is decided for whom."""

    def decided(self, client: list[str], visitor: list[str], times: int = 1) -> list[tuple[int, int, str]]:
        """@return: the modes and indices that are tried, and what the client is."""
        some = Plans(3600)
        made = [some.decide(*asked(client, visitor), 0.0) for _ in range(times)]
        return [(plan.mode, plan.index, plan.client.role) for plan in made]

    def test_easy(self) -> None:
        """One way after the other; then again."""
        self.assertEqual([index for _, index, _ in self.decided(EASY, EASY, 11)], [*range(10), 0])

    def test_swapped(self) -> None:
        """Who must send sends, whichever of the two it is."""
        self.assertEqual(self.decided(REGULAR, EASY), [(1, 0, SENDER)])
        self.assertEqual(self.decided(EASY, REGULAR), [(1, 0, RECEIVER)])
        self.assertEqual(self.decided(HARD, EASY), [(2, 0, RECEIVER)])
        self.assertEqual(self.decided(EASY, HARD), [(2, 0, SENDER)])
        self.assertEqual(self.decided(REGULAR, REGULAR), [(3, 0, SENDER)])
        self.assertEqual(self.decided(REGULAR, HARD), [(4, 0, SENDER)])
        self.assertEqual(self.decided(HARD, REGULAR), [(4, 0, RECEIVER)])
        self.assertEqual(self.decided(HARD, HARD), [(0, 0, SENDER)])

    def test_public(self) -> None:
        """Who has no NAT receives."""
        some = Plans(3600)
        self.assertEqual(some.decide(*asked(EASY, REGULAR[:1] * 2, ["192.0.2.1:1"]), 0.0).client.role, RECEIVER)

    def test_learns(self) -> None:
        """What has worked is tried first, until it fails more often than it works."""
        some, said = Plans(3600), asked(EASY, EASY)
        for _ in range(3):
            plan = some.decide(*said, 0.0)
        some.worked(plan, 1.0)
        self.assertEqual([some.decide(*said, 2.0).index for _ in range(3)], [2, 2, 3])
        for _ in range(20):
            some.worked(plan, 3.0)
        self.assertEqual([some.decide(*said, 4.0).index for _ in range(11)], [2] * 11)

    def test_forgets(self) -> None:
        """A pair of which nothing is heard is forgotten; and beyond a number the one that was heard of first."""
        some = Plans(3600)
        some.worked(some.decide(*asked(EASY, EASY), 0.0), 0.0)
        some.decide(*asked(EASY, HARD), 4000.0)
        self.assertEqual(len(some), 1)
        self.patch(plans, "MAX_RECORDS", 3)
        for n in range(10):
            some.decide(*asked([f"192.0.2.{n}:1"] * 2, EASY), 4000.0)
        self.assertEqual(len(some), 3)

    def test_bad(self) -> None:
        """Addresses that are too few, or none."""
        self.assertRaises(RemoteWireError, Plans(1).decide, *asked(EASY[:1], EASY), 0.0)
        self.assertRaises(RemoteWireError, Plans(1).decide, *asked(EASY, ["x", "y"]), 0.0)


class AnswerTests(SynchronousTestCase):
    """What the two are told."""

    def test_near(self) -> None:
        """The ports around the last one of whoever changes them, no further than the table says."""
        client, visitor = asked(EASY, REGULAR)
        toClient, toVisitor = answers(Plans(1).decide(client, visitor, 0.0), "s", client, visitor)
        self.assertEqual(toClient.detect_behavior.candidate_ports, [PortsRange(995, 1011)])
        self.assertEqual(toVisitor.detect_behavior.candidate_ports, [])
        self.assertEqual(toClient.candidate_addrs, REGULAR)
        self.assertEqual(toVisitor.candidate_addrs, EASY[:1])
        self.assertEqual((toClient.protocol, toClient.transaction_id, toVisitor.transaction_id), ("kcp", "c", "v"))

    def test_patience(self) -> None:
        """Five seconds behind the later one's first probe, and half a minute more for luck."""
        client, visitor = asked(EASY, HARD)
        toClient, toVisitor = answers(Plans(1).decide(client, visitor, 0.0), "s", client, visitor)
        self.assertEqual(toClient.detect_behavior.read_timeout, 35000)
        self.assertEqual(toVisitor.detect_behavior.read_timeout, 38000)
        self.assertEqual(toClient.detect_behavior.send_random_ports, 1000)
        self.assertEqual(toVisitor.detect_behavior.listen_random_ports, 256)
