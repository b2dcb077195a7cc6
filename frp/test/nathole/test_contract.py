"""xtcp is a proxy, and a visitor, as all are."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.test.nathole.meeting import MeetingTestCase
from frp.testing.contracts import ProxyKindContract, VisitorContract

#: The other end must be told of these, too.
_LIMITED = ({"bandwidthLimit": "1MB"},)


class _Public(MeetingTestCase):
    """All clients are on public hosts of their own."""

    def setUp(self) -> None:
        super().setUp()
        start = self.network.client
        self.patch(
            self.network,
            "client",
            lambda **settings: start(host=self.lab.host(), natHoleStunServer=self.lab.stun, **settings),
        )

    def served(self, port: int) -> None:
        """Say something to the echo, and end in order."""
        user = self.network.user(port)
        user.send(b"hello" * 1000)
        self.network.advance(5)
        self.assertEqual(user.received, b"hello" * 1000)
        user.close()
        self.network.advance(1)


class ProxyTests(ProxyKindContract, _Public):
    """The proxy; the visitor is a client of its own."""

    name = "xtcp"
    table = {"secretKey": "a secret"}
    treatments = _LIMITED

    def use(self, client: FRPClient, proxy: str) -> None:
        """Visit it."""
        whom = {"serverName": proxy, "secretKey": "a secret"}
        visitor = self.network.client(visitors=[{"name": "v", "type": self.name, "bindPort": 6000, **whom}])
        self.served(6000)
        visitor.stopService()
        self.network.advance(1)


class VisitorTests(VisitorContract, _Public):
    """The visitor."""

    name = proxyType = "xtcp"

    def use(self) -> None:
        """Say something to the echo."""
        self.served(self.port)

    def tearDown(self) -> None:
        """Let the last words arrive."""
        for client in self.network.clients:
            client.stopService()
        self.network.advance(60)
        super().tearDown()
