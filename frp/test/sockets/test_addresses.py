"""Hosts with ports, and what is said about those that cannot be reached."""

from __future__ import annotations

from errno import EHOSTUNREACH
from typing import Any

from twisted.internet.error import (
    ConnectError,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TimeoutError,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalServiceDown
from frp.sockets.addresses import dialFault, endpointFor, isLiteral, isNumber
from frp.sockets.local import LocalEndpoint


class AddressesTests(SynchronousTestCase):
    """What is dialled, and why it was not reached."""

    def test_literals(self) -> None:
        """Addresses of both families are dialled as they are, and names are looked up."""
        self.assertEqual([isLiteral(host) for host in ("192.0.2.1", "::1", "fe80::1%eth0")], [True] * 3)
        self.assertEqual([isLiteral(host) for host in ("localhost", "1.example", "frps.example")], [False] * 3)

    def test_numbers(self) -> None:
        """What only the system takes for an address is no host, and is not dialled."""
        reactor: Any = MemoryReactorClock()
        for host in ("24805", "127.1", "0x7f000001", "1.2.3"):
            self.assertTrue(isNumber(host))
            for endpoint in (endpointFor(reactor, host, 80, 5), LocalEndpoint(reactor, host, 80)):
                self.failureResultOf(endpoint.connect(Factory.forProtocol(Protocol)), DNSLookupError, LocalServiceDown)
        self.assertEqual((reactor.tcpClients, reactor.connectors), ([], []))
        self.assertEqual([isNumber(host) for host in ("127.0.0.1", "::1", "localhost", "256.1.1.1")], [False] * 4)

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
