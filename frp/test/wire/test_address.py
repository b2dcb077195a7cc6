"""Addresses, as logs and hooks have them."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.address import hostOf, hostPort, isHere, placeOf


class OddAddressTests(SynchronousTestCase):
    """Peers of every kind have a word; only those with a host have a place."""

    def test_words(self) -> None:
        """A host and a port, a Unix socket with or without a name, and what nobody knows."""
        for address, host, said, place in (
            (IPv4Address("TCP", "192.0.2.1", 5), "192.0.2.1", "192.0.2.1:5", ("192.0.2.1", 5)),
            (IPv6Address("TCP", "2001:db8::1", 5), "2001:db8::1", "[2001:db8::1]:5", ("2001:db8::1", 5)),
            (UNIXAddress("/run/frps.sock"), "unix:/run/frps.sock", "unix:/run/frps.sock", None),
            (UNIXAddress(None), "unix:@", "unix:@", None),
            ("a tin can", "a tin can", "a tin can", None),
        ):
            self.assertEqual((hostOf(address), hostPort(address), placeOf(address)), (host, said, place))


class HereTests(SynchronousTestCase):
    """Whether a host is this machine alone."""

    def test_here(self) -> None:
        """All of loopback, and its name."""
        for host in "127.0.0.1", "127.8.0.1", "::1", "::1%lo", "localhost", "LOCALHOST":
            self.assertTrue(isHere(host), host)

    def test_elsewhere(self) -> None:
        """Nothing that others reach, or that somebody may give an address."""
        for host in "0.0.0.0", "::", "", "192.0.2.1", "localhost.example.com", "127.0.0.1.example.com":
            self.assertFalse(isHere(host), host)
