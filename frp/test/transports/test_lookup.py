"""The address of a server that is reached by datagrams."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import TunnelLost
from frp.transports.lookup import lookUp


class Names(Clock):
    """A clock that is asked for names, and answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, host: str) -> None:
        self.asked.append(host)
        self.receiver = receiver

    def answer(self, *addresses: IPv4Address | IPv6Address) -> None:
        for address in addresses:
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


class LookUpTests(SynchronousTestCase):
    """What a host means."""

    def setUp(self) -> None:
        self.names: Any = Names()

    def test_literal(self) -> None:
        """An address is its own, and nobody is asked."""
        for host in ("127.0.0.1", "::1", "fe80::1%eth0"):
            self.assertEqual(self.successResultOf(lookUp(self.names, host, 5)), host)
        self.assertEqual(self.names.asked, [])

    def test_name(self) -> None:
        """Of a name's addresses the first of IPv4 is taken, and one of IPv6 where there is no other."""
        found = lookUp(self.names, "frps.example", 5)
        self.names.answer(IPv6Address("TCP", "::1", 0), IPv4Address("TCP", "10.0.0.1", 0))
        self.assertEqual(self.successResultOf(found), "10.0.0.1")
        found = lookUp(self.names, "frps.example", 5)
        self.names.answer(IPv6Address("TCP", "::1", 0))
        self.assertEqual(self.successResultOf(found), "::1")

    def test_unknown(self) -> None:
        """A number is no host, a name may be unknown, and nobody is waited for longer than he was given."""
        number = lookUp(self.names, "24805", 5)
        self.assertEqual(self.names.asked, [])
        unknown = lookUp(self.names, "frps.invalid", 5)
        self.names.answer()
        slow = lookUp(self.names, "slow.example", 5)
        self.names.advance(5)
        for host, found in (("24805", number), ("frps.invalid", unknown), ("slow.example", slow)):
            failure = self.failureResultOf(found, TunnelLost)
            self.assertEqual(failure.value.brief, f"dial udp: lookup {host}: no such host")
        self.names.answer(IPv4Address("TCP", "10.0.0.1", 0))
