"""Nodes that agree in a Redis, which comes to harm."""

from __future__ import annotations

from twisted.internet.task import deferLater

from frp.directories.redis.node import RedisNode
from frp.directories.redis.url import Place
from frp.interfaces import IDirectory
from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.test.directories.redis.cases import QUICK, RedisServer, Site
from frp.testing.live import Peer, freePort
from frp.web.dashboard.metrics import _nodeFamilies
from frp.web.dashboard.second.nodes import Nodes


class StoreTests(ClusterTestCase):
    """What users, clients and proxies notice of it."""

    timeout = 60

    def setUp(self) -> None:
        super().setUp()
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        self.published = freePort()

    def directory(self, name: str) -> IDirectory:
        return RedisNode(Place.parse(f"redis://127.0.0.1:{self.redis.port}/0"), Site(name), QUICK)

    async def start(self) -> tuple[FRPServer, FRPServer]:
        """@return: two nodes, the first with a client."""
        here, there = await self.node(), await self.node()
        self.first = await self.client(here, [self.table("a", self.published)])
        await self.until(lambda: self.lines.text.count("tcp proxy listen port") == 2)
        await self.until(lambda: self.lines.text.count(" is up") >= 2)
        return here, there

    def table(self, name: str, port: int) -> dict[str, object]:
        """@return: a proxy whose service answers with what it has heard."""
        service = self.service(lambda: Peer(answer=lambda received: received))
        return {"name": name, "type": "tcp", "localPort": service, "remotePort": port}

    def reachable(self) -> list[bool]:
        """@return: whether each node reaches the store."""
        return [node.shared.directory.reachable for node in self.nodes]

    async def shown(self) -> tuple[list[int], float]:
        """@return: for how long each node shows that the store is away, and what the first shows to Prometheus."""
        away = [(await Nodes(node).nodes())[0].storeAway for node in self.nodes]
        node = self.nodes[0].node
        assert node is not None
        families = {family.name: family for family in _nodeFamilies(node)}
        ((_, reachable),) = families["frp_server_node_store_reachable"].samples
        return away, reachable

    async def serve(self, seconds: float) -> None:
        """Users come to both nodes all the time, and nobody is refused."""
        for _ in range(int(seconds / 0.05)):
            for node in self.nodes:
                self.assertEqual(await self.ask(node, self.published, b"!"), b"!")
            await deferLater(self.reactor, 0.05)

    async def test_away(self) -> None:
        """While it is away all that is there goes on; what is new is refused, and can be had when it is back."""
        await self.start()
        self.redis.kill()
        await self.until(lambda: self.reachable() == [False, False])
        await self.serve(QUICK.lease + 0.5)
        away, reachable = await self.shown()
        self.assertEqual((all(away), reachable), (True, 0))
        refused = "the directory cannot be reached"
        late = await self.client(self.nodes[1], [self.table("b", freePort())], until=refused, loginFailExit=False)
        self.redis.start()
        await self.until(lambda: self.reachable() == [True, True])
        await self.lines.wait("[b] start proxy success")
        self.assertEqual(await self.shown(), ([0, 0], 1))
        self.assertIsNotNone(late.session)

    async def test_empty(self) -> None:
        """When it comes back with nothing in it each node says again what it holds, and nothing is closed for that."""
        _, there = await self.start()
        self.host = there.config.bindAddr
        user = await self.user(self.published, Peer(b"long"))
        for _ in range(2):
            self.redis.kill()
            await self.until(lambda: self.reachable() == [False, False])
            self.redis.start()
            await self.until(lambda: self.reachable() == [True, True])
            await self.serve(QUICK.lease + 1)
        self.assertEqual(self.lines.text.count("tcp proxy listen port"), 2, "it was never opened again")
        self.assertNotIn("proxy closing", self.lines.text)
        self.assertEqual(self.lines.text.count(" is up"), 2, "the nodes were never parted")
        user.transport.loseWriteConnection()
        await user.ended
        self.assertEqual(user.received, b"long")

    async def test_pause(self) -> None:
        """Nor for one that answers nothing for a while."""
        await self.start()
        self.redis.pause()
        try:
            await self.serve(QUICK.lease + 0.5)
        finally:
            self.redis.resume()
        await self.until(lambda: self.reachable() == [True, True])
        await self.serve(QUICK.lease + 1)
        self.assertEqual(self.lines.text.count("tcp proxy listen port"), 2, "it was never opened again")

    async def test_closedMeanwhile(self) -> None:
        """What was closed while it was away is free when it is back, for all nodes."""
        _, there = await self.start()
        self.redis.kill()
        await self.until(lambda: self.reachable() == [False, False])
        await self.first.stopService()
        await deferLater(self.reactor, QUICK.patience + 0.5)
        self.redis.start()
        await self.until(lambda: self.reachable() == [True, True])
        await self.client(there, [self.table("a", self.published)])
        await self.until(lambda: self.lines.text.count("tcp proxy listen port") == 4)
        await self.serve(0.5)

    async def test_stopped(self) -> None:
        """A node that ends meanwhile ends as it does at any other time, and its client is told."""
        here, _ = await self.start()
        self.redis.kill()
        await self.until(lambda: self.reachable() == [False, False])
        began = self.reactor.seconds()
        await here.stopService()
        self.assertLess(self.reactor.seconds() - began, QUICK.patience)
        await self.until(lambda: self.first.session is None)
