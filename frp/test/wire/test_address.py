"""Addresses, as logs and hooks have them."""

from __future__ import annotations

import socket

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.address import hostOf, hostPort, isHere, placeOf, unixFault


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


class UnixTests(SynchronousTestCase):
    """How long the path of a Unix socket may be."""

    def test_system(self) -> None:
        """As long as the system takes it: it says so of the same ones."""
        for name in ("/nowhere/", "\0"):
            for size in range(95, 115):
                path = name.ljust(size, "a")
                with socket.socket(socket.AF_UNIX) as one:
                    try:
                        one.connect(path)
                    except OSError as error:
                        said = str(error) if error.errno is None else ""
                self.assertEqual(unixFault(path), said, (name, size))
