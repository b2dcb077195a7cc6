"""Hosts with ports, and what is said about those that cannot be reached."""

from __future__ import annotations

from errno import EHOSTUNREACH

from twisted.internet.error import (
    ConnectError,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TimeoutError,
)
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.sockets.addresses import dialFault, isLiteral


class AddressesTests(SynchronousTestCase):
    """What is dialled, and why it was not reached."""

    def test_literals(self) -> None:
        """Addresses of both families are dialled as they are, and names are looked up."""
        self.assertEqual([isLiteral(host) for host in ("192.0.2.1", "::1", "fe80::1%eth0")], [True] * 3)
        self.assertEqual([isLiteral(host) for host in ("localhost", "1.example", "frps.example")], [False] * 3)

    def test_faults(self) -> None:
        """What went wrong is said as Go says it, so that scripts which read logs find it."""
        for error, said in (
            (ConnectionRefusedError(), "dial tcp [::1]:7000: connect: connection refused"),
            (TimeoutError(), "dial tcp [::1]:7000: i/o timeout"),
            (ConnectError(EHOSTUNREACH), "dial tcp [::1]:7000: connect: no route to host"),
            (NoRouteError(), "dial tcp [::1]:7000: No route to host."),
        ):
            self.assertEqual(dialFault("[::1]:7000", Failure(error)), said)

    def test_name(self) -> None:
        """A name that nobody knows is named without the port."""
        self.assertEqual(
            dialFault("frps.invalid:7000", Failure(DNSLookupError())), "dial tcp: lookup frps.invalid: no such host"
        )
