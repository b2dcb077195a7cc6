"""The proxies that only visitors reach."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.test.visitors.visiting import DatagramVisitingTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract
from frp.testing.datagrams import DatagramUser


class _Secret(ProxyKindContract):
    """A mix-in: the visitor is a client of its own."""

    table = {"secretKey": "a secret"}

    def visitor(self, proxy: str) -> FRPClient:
        """Start one, on port 6000."""
        whom = {"serverName": proxy, "secretKey": "a secret"}
        return self.network.client(visitors=[{"name": "v", "type": self.name, "bindPort": 6000, **whom}])


class STCPTests(_Secret, NetworkTestCase):
    """stcp is a proxy as all are."""

    name = "stcp"

    def use(self, client: FRPClient, proxy: str) -> None:
        """Visit it, and say something to the echo."""
        visitor = self.visitor(proxy)
        user = self.network.user(6000)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)
        visitor.stopService()
        self.network.advance(0.1)


class SUDPTests(_Secret, NetworkTestCase):
    """sudp is a proxy as all are."""

    name = "sudp"

    def setUp(self) -> None:
        super().setUp()
        self.network.reactor.listenUDP(self.localPort, DatagramUser(echoes=True))

    def use(self, client: FRPClient, proxy: str) -> None:
        """Visit it, and send something to the echo."""
        visitor = self.visitor(proxy)
        user = DatagramUser(6000)
        self.network.reactor.listenUDP(0, user)
        user.send(b"hello")
        self.network.advance(0.1)
        self.assertEqual(user.received, [b"hello"])
        visitor.stopService()
        self.network.advance(0.1)


class DatagramTests(DatagramVisitingTestCase):
    """What is special about datagrams on the proxy's side."""

    def publishAndVisit(self, **keys: Any) -> tuple[FRPClient, FRPClient]:
        """@return: both clients."""
        self.network.server()
        return self.publish(**keys), self.visit()

    def test_twoVisitors(self) -> None:
        """Users of two visitors do not mix, though they may have the same address."""
        self.publishAndVisit()
        self.network.client(visitors=[self.table("w", 6001)])
        user = DatagramUser()
        self.network.reactor.listenUDP(0, user)
        for port in (6000, 6001):
            user.transport.write(b"%d" % port, ("127.0.0.1", port))
        self.network.advance(0.1)
        self.assertEqual(sorted(zip(user.received, user.senders, strict=True)), [(b"6000", 6000), (b"6001", 6001)])
        self.assertEqual(len(set(self.service.senders)), 2)

    def test_idle(self) -> None:
        """A user's socket is closed after 30 silent seconds; the next datagram opens another one."""
        self.publishAndVisit()
        user = self.user()
        self.ask(user, b"one")
        self.network.advance(31)
        self.assertEqual(self.ask(user, b"two"), [b"two"])
        self.assertEqual(len(set(self.service.senders)), 2)

    def test_keptUp(self) -> None:
        """Pings of the proxy's client keep the connection while nobody says anything."""
        self.publishAndVisit()
        user = self.user()
        self.ask(user, b"one")
        self.network.advance(300)
        self.assertEqual(self.logged("sudp worker is closed"), 0)
        self.assertEqual(self.ask(user, b"two"), [b"two"])
        self.assertEqual(self.logged("incoming a new work connection for sudp proxy, "), 1)

    def test_removed(self) -> None:
        """With the proxy its visitors' connections end, and every socket towards the service."""
        publisher, _ = self.publishAndVisit()
        user = self.user()
        self.ask(user, b"one")
        publisher.update([])
        self.network.advance(1)
        self.assertEqual(set(self.network.reactor.udpPorts), {6000, self.service.port, user.port})
        self.assertEqual(self.ask(user, b"two"), [])

    def test_header(self) -> None:
        """The first datagram of a user carries the PROXY header, with the user's address."""
        self.publishAndVisit()
        self.network.clients[0].update(
            self.network.proxies(
                {
                    "name": "secret",
                    "type": "sudp",
                    "secretKey": self.key,
                    "localPort": self.service.port,
                    "transport": {"proxyProtocolVersion": "v2"},
                }
            )
        )
        self.network.advance(1)
        user = self.user()
        self.ask(user, b"one", b"two")
        self.assertEqual([data[-3:] for data in user.received], [b"one", b"two"])
        self.assertEqual(user.received[0][24:26], user.port.to_bytes(2, "big"))
        self.assertEqual(len(user.received[1]), 3)
