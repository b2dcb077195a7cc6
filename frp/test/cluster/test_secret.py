"""A node that has another secret, beside the same store."""

from __future__ import annotations

from twisted.internet.task import deferLater

from frp.errors import ConfigError
from frp.server.cluster.company import Company
from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer, freePort
from frp.web.dashboard.second.nodes import Nodes


class SecretTests(ClusterTestCase):
    """Two that know each other's secret, and one that knows another one."""

    def strangers(self, node: FRPServer) -> list[str]:
        """@return: the nodes that have another secret, as this one sees it."""
        assert node.node is not None
        return sorted(other.name for other in node.node.others.values() if other.stranger)

    async def test_alone(self) -> None:
        """A node that finds nobody but strangers ends, and names the key; those who are there go on."""
        here, there = await self.node(), await self.node()
        service = self.service(lambda: Peer(answer=lambda received: received))
        port = self.port(await self.client(here, [{"name": "a", "type": "tcp", "localPort": service}]), "a")
        await self.mirrored("a")
        with self.assertRaises(ConfigError) as raised:
            await self.node(cluster={"secret": "they"})
        self.assertEqual(raised.exception.path, "cluster.secret")
        self.assertIn("cluster.secret is not that of the other nodes, n1 at 127.0.0.1:", raised.exception.detail)
        self.assertEqual(await self.ask(there, port, b"!"), b"!")
        await self.node()

    async def test_another(self) -> None:
        """
        Those who are there say so once each, such as two that have started at one moment; users of either are served as
        if the others were not there, and nothing is shared.
        """
        self.patch(Company, "check", lambda company: None)
        nodes = [await self.node(), await self.node(), await self.node(cluster={"secret": "they"})]
        service = self.service(lambda: Peer(answer=lambda received: received))
        names = [f"p{number}" for number in range(5)]
        tables = [{"name": name, "type": "tcp", "localPort": service} for name in names]
        ours = await self.client(nodes[0], tables)
        port = freePort()
        await self.client(nodes[2], [{"name": "theirs", "type": "tcp", "localPort": service, "remotePort": port}])
        await self.until(lambda: all(name in nodes[1].shared.mirrored for name in names))
        # So long that a link that is dialled, and a proxy that is tried, would be so again.
        await deferLater(self.reactor, 0.5)
        self.assertEqual([self.strangers(node) for node in nodes], [["n3"], ["n3"], ["n1", "n2"]])
        for name, times in (("n1", 1), ("n2", 1), ("n3", 2)):
            address = next(one.node.address for one in nodes if one.node is not None and one.node.name == name)
            line = f"node {name} at {address} shares cluster.store with this node, and has another cluster.secret: "
            self.assertEqual(self.lines.text.count(line), times)
        for words in ("is not open here", "the port for nodes", "there is no link"):
            self.assertNotIn(words, self.lines.text)
        for node in nodes[:2]:
            self.assertEqual(await self.ask(node, self.port(ours, "p0"), b"!"), b"!")
        self.assertEqual(await self.ask(nodes[2], port, b"!"), b"!")
        self.assertNotIn("theirs", nodes[0].shared.mirrored)
        self.assertNotIn("p0", nodes[2].shared.mirrored)
        rows = {one.name: (one.link, one.trouble) for one in await Nodes(nodes[0]).nodes()}
        self.assertEqual(rows, {"n1": ("here", ""), "n2": ("up", ""), "n3": ("down", "another cluster.secret")})

    async def test_taken(self) -> None:
        """What the one holds the other cannot have."""
        self.patch(Company, "check", lambda company: None)
        here, there = await self.node(), await self.node(cluster={"secret": "they"})
        table = {"name": "a", "type": "tcp", "localPort": 1}
        await self.client(here, [table])
        await self.client(there, [table], until="proxy [a] already exists")
