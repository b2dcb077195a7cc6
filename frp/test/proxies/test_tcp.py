"""The tcp proxy."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ProxyKindContract


class TCPTests(ProxyKindContract, NetworkTestCase):
    """It is a proxy as all are."""

    name = "tcp"
    table = {"remotePort": 6000}

    def use(self, client: FRPClient, proxy: str) -> None:
        """Say something to the echo, and end in order."""
        user = self.network.user(6000)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)
