"""What users of several nodes carry is counted once, where they have come."""

from __future__ import annotations

from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.test.cluster.test_mirrors import Datagrams
from frp.testing.live import Peer
from frp.web.dashboard.known import findProxy
from frp.web.dashboard.metrics import Measuring
from frp.web.dashboard.second.proxies import Proxy

#: What stands in /metrics of a proxy: how many there are, users, and bytes in either direction.
NAMES = ("proxy_counts_detailed", "connection_counts", "traffic_in", "traffic_out")


async def figures(node: FRPServer, name: str) -> list[str]:
    """@return: what stands in /metrics of a node for a proxy; empty where nothing does."""
    lines = [line for line in "".join(await Measuring(node).text()).splitlines() if f'name="{name}"' in line]
    found = {line.split("{")[0].removeprefix("frp_server_"): line.split()[-1] for line in lines}
    return [found.get(name, "") for name in NAMES]


class FiguresTests(ClusterTestCase):
    """Those of two nodes, with a client at the first."""

    async def test_users(self) -> None:
        """Each node counts its own users; only the client's has the proxy. The sums of the server say the same."""
        here, there = await self.node(), await self.node()
        service = self.service(lambda: Peer(answer=lambda received: received * 2))
        port = self.port(await self.client(here, [{"name": "a", "type": "tcp", "localPort": service}]), "a")
        await self.mirrored("a")
        self.assertEqual(await figures(there, "a"), [""] * 4)
        await self.ask(here, port, b"one")
        for _ in range(2):
            await self.ask(there, port, b"fourteen bytes")
        self.host = there.config.bindAddr
        user = await self.user(port, Peer(b"!"))
        await self.until(lambda: there.shared.statistics.whole.current == 1)
        self.assertEqual(await figures(here, "a"), ["1", "0", "3", "6"])
        # Whoever looks where the client is sees that somebody is there, and whose user it is.
        status = Proxy.of(await findProxy(here, "a"), disabled="", refused="").status
        self.assertEqual((status.curConns, status.guests), (0, 1))
        self.assertEqual(await figures(there, "a"), ["", "1", "28", "56"])
        self.assertEqual((await findProxy(there, "a", mirrored=True)).meter.daysIn[0], 28)
        self.assertEqual((await there.whole.sums()).figures.bytesIn, 28)
        self.assertEqual(await there.whole.records(), [])
        user.transport.abortConnection()

    async def test_datagrams(self) -> None:
        """Those of a udp proxy pass the port of its client's node, which counts them."""
        here, there = await self.node(), await self.node()
        service = self.reactor.listenUDP(0, Datagrams(echo=True), interface="127.0.0.1")
        self.addCleanup(service.stopListening)
        table = {"name": "u", "type": "udp", "localPort": service.getHost().port}
        port = self.port(await self.client(here, [table]), "u")
        await self.mirrored("u")
        user = Datagrams()
        self.addCleanup(self.reactor.listenUDP(0, user, interface="127.0.0.1").stopListening)
        user.transport.write(b"hello", (there.config.bindAddr, port))
        await user.heard
        self.assertEqual((await figures(here, "u"))[2:], ["5", "5"])
        self.assertEqual(await figures(there, "u"), [""] * 4)
        self.assertEqual((await there.whole.sums()).figures.bytesIn, 0)

    async def test_namesakes(self) -> None:
        """A sample has a name of its own, whatever the nodes are called: it says the worse of both."""
        here, *others = [await self.node(), *[await self.node(cluster={"node": "same"}) for _ in range(2)]]
        node = here.node
        assert node is not None
        await self.until(lambda: len(node.links.reachable) == 2)
        line = 'frp_server_node_linked{node="same"} '
        self.assertEqual("".join(await Measuring(here).text()).count(line), 1)
        self.assertIn(f"{line}1\n", "".join(await Measuring(here).text()))
        await others[0].stopService()
        self.patch(node, "linked", lambda other: False)
        self.assertIn(f"{line}0\n", "".join(await Measuring(here).text()))
