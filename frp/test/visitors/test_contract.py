"""The visitors, as all are."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import VisitorContract
from frp.testing.datagrams import DatagramUser

BOTH = {"useEncryption": True, "useCompression": True}


class STCPTests(VisitorContract, NetworkTestCase):
    """stcp."""

    name = "stcp"
    treatments = ({"useEncryption": True}, {"useCompression": True}, BOTH)

    def use(self) -> None:
        """Say something to the echo, and end in order."""
        user = self.network.user(self.port)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)


class SUDPTests(VisitorContract, NetworkTestCase):
    """sudp."""

    name = proxyType = "sudp"
    treatments = ({"useEncryption": True}, {"useCompression": True}, BOTH)

    def publish(self) -> FRPClient:
        """As the contract does, with an echo for datagrams on the same port."""
        client = super().publish()
        self.network.reactor.listenUDP(client.config.proxies[0].localPort, DatagramUser(echoes=True))
        return client

    def use(self) -> None:
        """Send something to the echo."""
        user = DatagramUser(self.port)
        self.network.reactor.listenUDP(0, user)
        user.send(b"hello")
        self.network.advance(2)
        self.assertEqual(user.received, [b"hello"])

    def test_nobodyThere(self) -> None:
        """Where nobody publishes what it visits, datagrams are lost; the next ones are not."""
        self.start()
        publisher = self.network.clients[0]
        publisher.stopService()
        self.network.advance(1)
        user = DatagramUser(self.port)
        self.network.reactor.listenUDP(0, user)
        user.send(b"lost")
        self.network.advance(60)
        publisher.startService()
        self.network.advance(1)
        self.use()
        self.assertEqual(user.received, [])
