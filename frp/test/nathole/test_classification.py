"""What was seen, and what it says of the NAT."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.nathole.classification import NATFeature, classified, hostsOf


class ClassifiedTests(SynchronousTestCase):
    """The reference's classes."""

    def test_classes(self) -> None:
        """By whether host and port differ; only of ports alone it counts how far."""
        for mapped, kind, behavior, difference, regular in (
            (["1.1.1.1:10", "1.1.1.1:10"], "EasyNAT", "BehaviorNoChange", 0, False),
            (["1.1.1.1:10", "2.2.2.2:10"], "HardNAT", "BehaviorIPChanged", 0, False),
            (["1.1.1.1:10", "2.2.2.2:11"], "HardNAT", "BehaviorBothChanged", 0, False),
            (["1.1.1.1:10", "1.1.1.1:11"], "HardNAT", "BehaviorPortChanged", 1, True),
            (["1.1.1.1:15", "1.1.1.1:10"], "HardNAT", "BehaviorPortChanged", 5, True),
            (["1.1.1.1:10", "1.1.1.1:16"], "HardNAT", "BehaviorPortChanged", 6, False),
            (["[::1]:10", "[::1]:12", "[::1]:11"], "HardNAT", "BehaviorPortChanged", 2, True),
        ):
            found = classified(mapped, ["192.168.0.2"])
            self.assertEqual(
                (found.natType, found.behavior, found.portsDifference, found.regularPortsChange, found.publicNetwork),
                (kind, behavior, difference, regular, False),
            )
            self.assertEqual(found.hard, kind == "HardNAT")

    def test_public(self) -> None:
        """Who has one of the addresses itself stands before no NAT, whatever else was seen."""
        self.assertTrue(classified(["1.1.1.1:10", "1.1.1.1:10"], ["10.0.0.1", "1.1.1.1"]).publicNetwork)
        self.assertTrue(classified(["1.1.1.1:10", "2.2.2.2:11"], ["2.2.2.2"]).publicNetwork)

    def test_kinds(self) -> None:
        """How far the ports lie apart makes no other kind of NAT."""
        self.assertEqual(NATFeature("BehaviorPortChanged", 2, True), NATFeature("BehaviorPortChanged", 4, True))
        self.assertNotEqual(NATFeature("BehaviorPortChanged", 2, True), NATFeature("BehaviorPortChanged", 9))

    def test_nonsense(self) -> None:
        """What a peer tells is checked."""
        for mapped, why in (
            ([], "not enough addresses"),
            (["1.1.1.1:10"], "not enough addresses"),
            (["1.1.1.1", "1.1.1.1:10"], "address 1.1.1.1: missing port in address"),
            (["1.1.1.1:10", "::1:10"], "address ::1:10: too many colons in address"),
            (["1.1.1.1:10", "[::1]"], "address [::1]: missing port in address"),
            (["1.1.1.1:10", "1.1.1.1:65536"], "address 1.1.1.1:65536: invalid port"),
            (["1.1.1.1:10", "1.1.1.1:" + "9" * 5000], "invalid port"),
            (["1.1.1.1:10", "1.1.1.1:+1"], "address 1.1.1.1:+1: invalid port"),
        ):
            error = self.assertRaises(RemoteWireError, classified, mapped, [])
            self.assertIn(why, error.brief)

    def test_hosts(self) -> None:
        """Of several addresses only the hosts."""
        self.assertEqual(hostsOf(["1.1.1.1:10", "[2001:db8::1]:1", ":5"]), ["1.1.1.1", "2001:db8::1", ""])
