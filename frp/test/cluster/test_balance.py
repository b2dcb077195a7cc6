"""Clients that are sent elsewhere."""

from __future__ import annotations

from random import Random

from frp.logs import Log
from frp.server.cluster.balance import EVERY, Balance
from frp.testing.cases import NetworkTestCase


class BalanceTests(NetworkTestCase):
    """How many go, and who."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server()
        self.loads = [0]
        self.echo = self.network.echo()

    def clients(self, count: int) -> None:
        """Let so many come."""
        for number in range(count):
            table = {"name": f"p{number}", "type": "tcp", "localPort": self.echo.port, "remotePort": 6000 + number}
            self.network.client(proxies=[table])

    def left(self, others: list[int], seconds: float, *, share: float = 0.2) -> int:
        """@return: how many are here after so long, where other nodes have so many. Who goes is away for a while."""
        balance = Balance(
            lambda: self.server.clients,
            lambda: [len(self.server.clients), *others],
            self.network.reactor,
            Log("test"),
            above=0.2,
            share=share,
            random=Random(1),
        )
        balance.start()
        self.network.advance(seconds)
        balance.stop()
        return len(self.server.clients)

    def test_few(self) -> None:
        """No more than the share goes in a second."""
        self.clients(10)
        self.assertEqual(self.left([0], EVERY), 8)

    def test_one(self) -> None:
        """One always may, be the share as small as it will."""
        self.clients(10)
        self.assertEqual(self.left([0], EVERY, share=0.0001), 9)

    def test_even(self) -> None:
        """Nobody goes from a node that has not much more than the others."""
        self.clients(10)
        for others in ([9], [8, 8], [10, 10, 10], []):
            self.assertEqual(self.left(others, 3 * EVERY), 10, others)

    def test_busy(self) -> None:
        """Who has a user stays."""
        self.clients(10)
        for number in range(9):
            self.network.user(6000 + number)
        self.assertEqual(self.left([0], EVERY), 9)
        self.assertEqual(sum(one.busy for one in self.server.clients.online()), 9)
