"""What the kernel is told, and what it tells."""

from __future__ import annotations

import sys
from ipaddress import ip_interface
from unittest import skipUnless

from twisted.trial.unittest import SynchronousTestCase

from frp.virtualnet import rtnetlink


class MessageTests(SynchronousTestCase):
    """Byte for byte, on a machine with the lowest byte first."""

    if sys.byteorder != "little":
        skip = "the bytes are those of other processors"

    def test_version4(self) -> None:
        """An address with its broadcast, the MTU with the flag that raises the interface, a route to the network."""
        address, link, route = rtnetlink.messages(5, ip_interface("100.86.0.1/24"), 1420)
        self.assertEqual(
            address.hex(" ", -4),
            "30000000 14000506 01000000 00000000 02180000 05000000"
            " 08000200 64560001 08000100 64560001 08000400 645600ff",
        )
        self.assertEqual(
            link.hex(" ", -4),
            "28000000 10000500 01000000 00000000 00000000 05000000 01000000 01000000 08000400 8c050000",
        )
        self.assertEqual(
            route.hex(" ", -4),
            "2c000000 18000505 01000000 00000000 02180000 fe030001 00000000 08000100 64560000 08000400 05000000",
        )

    def test_version6(self) -> None:
        """IPv6 has no broadcast."""
        address, _, route = rtnetlink.messages(5, ip_interface("fd00::1/64"), 1420)
        one, net = "fd000000 00000000 00000000 00000001", "fd000000 00000000 00000000 00000000"
        self.assertEqual(
            address.hex(" ", -4),
            f"40000000 14000506 01000000 00000000 0a400000 05000000 14000200 {one} 14000100 {one}",
        )
        self.assertEqual(
            route.hex(" ", -4),
            f"38000000 18000505 01000000 00000000 0a400000 fe030001 00000000 14000100 {net} 08000400 05000000",
        )

    def test_single(self) -> None:
        """A network of one or two addresses has no broadcast either."""
        for length, size in ((32, 40), (31, 40), (30, 48)):
            (address, *_) = rtnetlink.messages(5, ip_interface(f"10.0.0.1/{length}"), 1420)
            self.assertEqual(len(address), size)


@skipUnless(sys.platform == "linux", "rtnetlink is Linux's")
class KernelTests(SynchronousTestCase):
    """The kernel of this machine; nobody needs to be root to ask it."""

    def test_holder(self) -> None:
        """It knows who has an address, and which nobody has."""
        self.assertEqual(rtnetlink.holder(ip_interface("127.0.0.1/8")), "lo")
        self.assertEqual(rtnetlink.holder(ip_interface("192.0.2.77/24")), "")
        self.assertEqual(rtnetlink.holder(ip_interface("2001:db8::77/64")), "")

    def test_refused(self) -> None:
        """What it refuses is an error, with its word for it."""
        with self.assertRaises(OSError):
            rtnetlink.configure("nosuchthing0", ip_interface("192.0.2.77/24"), 1420)
