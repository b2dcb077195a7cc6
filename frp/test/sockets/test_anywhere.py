"""Listeners for both families, on real sockets of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SkipTest, TestCase

from frp.sockets.anywhere import bothFamilies, interfaceOf
from frp.sockets.datagram import BurstProtocol
from frp.sockets.eager import eager
from frp.testing.live import needIPv6

EVERYWHERE = ("0.0.0.0", "::")


class _Visitor(Protocol):
    def __init__(self, came: Deferred[Any]) -> None:
        self._came = came

    def connectionMade(self) -> None:
        self._came.callback(self.transport)


class _Visitors(Factory):
    """Keeps who comes."""

    noisy = False

    def __init__(self) -> None:
        self.came: Deferred[Any] = Deferred()
        self.announced: Any = None

    def buildProtocol(self, addr: object) -> Protocol:
        self.announced = addr
        return _Visitor(self.came)


class _Echo(BurstProtocol):
    """Answers, and keeps who asked."""

    transport: Any

    def __init__(self) -> None:
        self.senders: list[tuple[str, int]] = []

    def burstReceived(self, burst: list[tuple[bytes, tuple[str, int]]]) -> None:
        for datagram, sender in burst:
            self.senders.append(sender)
            self.transport.write(datagram, sender)


class AnywhereTests(TestCase):
    """C{0.0.0.0} and C{::} are every address."""

    timeout = 20

    def setUp(self) -> None:
        self.eager: Any = eager(reactor)

    @inlineCallbacks
    def visit(self, interface: str, host: str) -> Any:
        """Connect. @return: where the user came from and where it came to, and what the factory was told."""
        visitors = _Visitors()
        port = self.eager.listenTCP(0, visitors, interface=interface)
        self.addCleanup(port.stopListening)
        user = socket.create_connection((host, port.getHost().port), 5)
        self.addCleanup(user.close)
        transport = yield visitors.came
        self.addCleanup(transport.abortConnection)
        self.assertEqual(transport.getPeer().port, user.getsockname()[1])
        self.assertEqual(transport.getHost().port, user.getpeername()[1])
        return transport.getPeer(), transport.getHost(), visitors.announced

    @inlineCallbacks
    def test_IPv4(self) -> Any:
        """A user of IPv4 comes in, and is one of IPv4 to everybody."""
        for interface in EVERYWHERE:
            for address in (yield self.visit(interface, "127.0.0.1")):
                self.assertIsInstance(address, IPv4Address)
                self.assertEqual(address.host, "127.0.0.1")

    @inlineCallbacks
    def test_IPv6(self) -> Any:
        """A user of IPv6 comes in as well."""
        needIPv6()
        for interface in EVERYWHERE:
            for address in (yield self.visit(interface, "::1")):
                self.assertIsInstance(address, IPv6Address)
                self.assertEqual(address.host, "::1")

    def test_explicit(self) -> None:
        """An address of one family is that."""
        needIPv6()
        for interface, other in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
            port = self.eager.listenTCP(0, _Visitors(), interface=interface)
            self.addCleanup(port.stopListening)
            self.assertRaises(OSError, socket.create_connection, (other, port.getHost().port), 5)

    @inlineCallbacks
    def test_datagrams(self) -> Any:
        """Datagrams of both families come in, and are answered."""
        for interface in EVERYWHERE:
            echo = _Echo()
            port = self.eager.listenUDP(0, echo, interface)
            self.addCleanup(port.stopListening)
            for host in self.hosts():
                user = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
                self.addCleanup(user.close)
                user.connect((host, port.getHost().port))
                user.setblocking(False)
                user.send(b"hello")
                while not echo.senders:
                    yield self.turn()
                self.assertEqual(user.recv(100), b"hello")
                self.assertEqual(echo.senders.pop()[0], host)

    def hosts(self) -> Iterator[str]:
        """The addresses of this machine, one of each family that it has."""
        yield "127.0.0.1"
        try:
            needIPv6()
        except SkipTest:
            return
        yield "::1"

    def turn(self) -> Deferred[None]:
        """A few turns of the reactor."""
        turned: Deferred[None] = Deferred()
        self.eager.callLater(0.001, turned.callback, None)
        return turned

    @inlineCallbacks
    def test_withoutIPv6(self) -> Any:
        """A machine without IPv6 listens for IPv4, and the log says so once."""
        self.patch(socket, "has_dualstack_ipv6", lambda: False)
        bothFamilies.cache_clear()
        self.addCleanup(bothFamilies.cache_clear)
        events: list[Any] = []
        keep: Any = events.append
        globalLogPublisher.addObserver(keep)
        self.addCleanup(globalLogPublisher.removeObserver, keep)
        for interface in EVERYWHERE:
            peer, _, _ = yield self.visit(interface, "127.0.0.1")
            self.assertEqual(peer.host, "127.0.0.1")
        self.assertEqual(sum("has no IPv6" in str(event) for event in events), 1)

    def test_names(self) -> None:
        """A name is looked up, for datagrams as well; one that nobody knows is a port that cannot be had."""
        self.assertEqual(interfaceOf("localhost", 0), "127.0.0.1")
        port = self.eager.listenUDP(0, _Echo(), "localhost")
        self.addCleanup(port.stopListening)
        self.assertEqual(port.getHost().host, "127.0.0.1")
        for host in ("nobody.invalid", "a..b", "x" * 64 + ".example", "24805"):
            self.assertRaises(CannotListenError, self.eager.listenUDP, 0, _Echo(), host)
            self.assertRaises(CannotListenError, self.eager.listenTCP, 0, _Visitors(), interface=host)
