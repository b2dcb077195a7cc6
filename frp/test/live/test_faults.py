"""What several frps survive as one server, and what they say of it: one line for each fault."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.test.cluster.cases import Balancer
from frp.test.directories.redis.forwarder import Forwarder
from frp.test.live.faults import Echo, FaultsTestCase, Node
from frp.testing.live import freePort

#: What a process does first whose clock is an hour ahead.
AN_HOUR_AHEAD = "import time; true = time.time; time.time = lambda: true() + 3600"

#: The beginning of the line about a store that cannot be asked any more, before the reason.
LOST = r"the directory redis\S+ is lost: "

#: How many names, and then ports, two clients claim at once.
MANY = 50


class DeathTests(FaultsTestCase):
    """Processes that die, while users are served."""

    async def test_killed(self) -> None:
        """
        A user at one node, the client at another whose clock is an hour ahead. While a third node and Redis are killed,
        and come back with nothing, he loses no byte; when the node of the client is, he is reset.
        """
        nodes = a, b, c = [self.start("a", before=AN_HOUR_AHEAD), self.start("b"), self.start("c")]
        await self.ready(*nodes)
        _, port = await self.published(a, b, c)
        _, other = await self.published(b, a, c)
        users = far, near = await self.steady(b, port), await self.steady(b, other)

        c.child.signal(signal.SIGKILL)
        await b.child.lines.wait("the link to node c is lost: ")
        await b.child.lines.wait("node c is gone")
        await self.goesOn(*users)

        self.redis.kill()
        for node in (a, b):
            await node.child.lines.wait("is lost: the connection was lost; what ")
        await self.goesOn(*users)
        self.redis.start()
        for node in (a, b):
            await node.child.lines.wait(" is reached again, as ")
        again = self.start("c")
        await self.ready(a, again)
        await again.child.lines.wait(f"tcp proxy listen port [{port}]")
        self.assertEqual(await self.ask(again, port), b"word")
        await self.goesOn(*users)

        a.child.signal(signal.SIGKILL)
        self.assertIsInstance(await far.ended, ConnectionLost)
        await self.goesOn(near)
        near.end()
        self.assertIsInstance(await near.ended, ConnectionDone)
        self.assertEqual([user.wrong for user in users], [None, None])
        self.assertEqual([b.said(f"the link to node {name} is lost") for name in "ac"], [1, 1])
        self.assertEqual([node.said(f"{LOST}the connection was lost; what ") for node in (a, b)], [1, 1])
        self.assertEqual(b.said("proxy closing|Traceback|Unhandled"), 0)

    async def test_stopped(self) -> None:
        """A node stands still for longer than its lease; its client is elsewhere when it wakes and is healthy again."""
        a, b = self.start("a"), self.start("b")
        await self.ready(a, b)
        balancer: Any = Balancer(a)  # type: ignore[arg-type]  # it wants the address only
        door = self.reactor.listenTCP(0, balancer, interface="127.0.0.1")
        self.addCleanup(door.stopListening)
        self.addCleanup(lambda: [each.transport.abortConnection() for each in balancer.silent])
        way = {"serverAddr": "127.0.0.1", "serverPort": door.getHost().port, "transport": {"tls": {"enable": False}}}
        client, port = await self.published(a, b, **way)
        _, other = await self.published(b, a)
        steady, far = await self.steady(b, other), await self.steady(b, port)
        self.stop(a)
        balancer.move(b)
        self.assertIsInstance(await far.ended, ConnectionLost)
        await self.lines.wait(f"[p{port}] start proxy success", 2)
        await b.child.lines.wait("node a is gone")
        self.assertEqual(await self.ask(b, port), b"word")
        await self.goesOn(steady)

        a.child.signal(signal.SIGCONT)
        await a.child.lines.wait(" is reached again, as ")
        await self.ready(a, b)
        await a.child.lines.wait("the link to node b at ", 2)
        await a.child.lines.wait(f"tcp proxy listen port [{port}]", 2)
        self.assertEqual([await self.ask(node, port) for node in (a, b)], [b"word", b"word"])
        await self.goesOn(steady)
        steady.end()
        await steady.ended
        assert client.session is not None
        self.assertEqual(Echo.served, 5, "one for each user")
        self.assertEqual(a.said(f"{LOST}the lease of this node has ended before it was renewed; what "), 1)
        # Its client goes when it wakes: before the directory is reached again, or by what is heard there.
        self.assertEqual((a.said("client exit success"), b.said("were lost meanwhile")), (1, 0))
        self.assertEqual([node.said("Traceback|Unhandled") for node in (a, b)], [0, 0])


class WayTests(FaultsTestCase):
    """Ways that carry nothing any more, in one direction, and nobody is told."""

    def way(self, to: int) -> Forwarder:
        """@return: one to a port of 127.0.0.1."""
        way = Forwarder(to)
        self.addCleanup(way.close)
        return way

    async def test_cut(self) -> None:
        """
        The way of one node to Redis is cut, and nobody notices it but its log; then the one to the other node, and who
        is served over it is reset. When it is there again users are served.
        """
        store = self.way(self.redis.port)
        ports = [freePort(), freePort()]
        links = [self.way(port) for port in ports]
        a, b = [
            self.start(name, store=port, bindAddr="127.0.0.1", bindPort=bindPort, advertise=f"127.0.0.1:{link.port}")
            for name, port, bindPort, link in zip("ab", (store.port, self.redis.port), ports, links, strict=True)
        ]
        await self.ready(a, b)
        _, port = await self.published(a, b)
        _, other = await self.published(b, a)
        users = far, near = await self.steady(b, port), await self.steady(b, other)

        store.cut = {"back"}
        await a.child.lines.wait(" is lost: it has not answered for ")
        await self.goesOn(*users)
        store.cut = set()
        await a.child.lines.wait(" is reached again, as ")
        await self.goesOn(*users)

        for link in links:
            link.cut = {"there"}
        self.assertIsInstance(await far.ended, ConnectionLost)
        for node, name in ((a, "b"), (b, "a")):
            await node.child.lines.wait(f"the link to node {name} is lost: ")
        await self.goesOn(near)
        self.assertEqual(await self.ask(b, port), b"")
        await b.child.lines.wait("failed to get work connection: there is no link to node a")
        for link in links:
            link.cut = set()
        for node, name in ((a, "b"), (b, "a")):
            await node.child.lines.wait(f"the link to node {name} at ", 2)
        self.assertEqual(await self.ask(b, port), b"word")
        near.end()
        await near.ended
        self.assertEqual([user.wrong for user in users], [None, None])
        self.assertEqual([node.said("the link to node . is lost") for node in (a, b)], [1, 1])
        # One hears nothing, and the other that one's end, unless it has noticed in the same moment that nobody answers.
        self.assertIn(a.said("nothing came from it for 3 s") + b.said("nothing came from it for 3 s"), (1, 2))
        self.assertEqual([node.said(f"{LOST}it has not answered for ") for node in (a, b)], [1, 0])
        self.assertEqual([node.said("proxy closing|Traceback|Unhandled") for node in (a, b)], [0, 0])


class ClaimTests(FaultsTestCase):
    """Two nodes that are asked for the same at once."""

    def ports(self) -> list[int]:
        """@return: so many that differ, and that nobody has."""
        found: dict[int, None] = {}
        while len(found) < MANY:
            found[freePort()] = None
        return list(found)

    async def race(self, nodes: list[Node], name: Callable[[Node, int], str], ports: list[int]) -> list[str]:
        """
        Let a client at each node claim all of these ports at once.

        @param name: what a proxy is called.
        @return: the proxies that have one, in the order of the ports.
        """
        service, before = self.service(Echo), len(self.lines.text)
        for node in nodes:
            tables = [
                {"name": name(node, number), "type": "tcp", "localPort": service, "remotePort": port}
                for number, port in enumerate(ports)
            ]
            values = {"serverAddr": node.config.bindAddr, "serverPort": node.config.bindPort, "proxies": tables}
            client = FRPClient(self.reactor, clientFromValues(values, registry=self.registry).config, self.registry)
            client.startService()
            self.addCleanup(client.stopService)
        answers = re.compile(r"\] start (?:proxy success|error)")
        await self.until(lambda: len(answers.findall(self.lines.text, before)) == 2 * len(ports))
        answers = re.compile(r"\[(\w+)\] start proxy success: tcp://[\d.]+:(\d+)")
        found = answers.findall(self.lines.text, before)
        return [proxy for proxy, port in sorted(found, key=lambda one: ports.index(int(one[1])))]

    async def both(self, nodes: list[Node], ports: list[int]) -> None:
        """Each port is open at both nodes, once, and whoever has it serves the users of both."""
        for node in nodes:
            opened = partial(self.opened, node, ports)
            await self.until(lambda opened=opened: len(opened()) >= len(ports))
            self.assertEqual([await self.ask(node, port) for port in ports[::10]], [b"word"] * len(ports[::10]))
            self.assertEqual(opened(), sorted(ports))
            self.assertEqual(node.said("is not open here|Traceback|Unhandled"), 0)

    def opened(self, node: Node, ports: list[int]) -> list[int]:
        """@return: which of these a node has opened, as often as it has."""
        found = map(int, re.findall(r"tcp proxy listen port \[(\d+)\]", node.text))
        return sorted(port for port in found if port in ports)

    async def test_atOnce(self) -> None:
        """Two clients claim one name with one port, and then one port with two names, at two nodes at once."""
        nodes = [self.start("a"), self.start("b")]
        await self.ready(*nodes)
        names = [f"p{number}" for number in range(MANY)]
        ports = self.ports()
        self.assertEqual(await self.race(nodes, lambda node, number: names[number], ports), names)
        await self.both(nodes, ports)
        others = self.ports()
        found = await self.race(nodes, lambda node, number: f"{node.name}{number}", others)
        self.assertEqual([proxy[1:] for proxy in found], [name[1:] for name in names])
        await self.both(nodes, others)


class SecretTests(FaultsTestCase):
    """Who is no node."""

    async def test_another(self) -> None:
        """
        A node with another secret and the same store: it ends, and gives back what it held; one line in each log,
        however many proxies there are, and the others serve on. A stranger at the port for nodes: one line, however
        often he comes.
        """
        a, b = self.start("a"), self.start("b")
        await self.ready(a, b)
        published = [await self.published(a, b) for _ in range(5)]
        steady = await self.steady(b, published[0][1])
        c = self.start("c", secret="they")
        for node in (a, b):
            await node.child.lines.wait("node c at ")
            await node.child.lines.wait("node c is gone")
        self.assertEqual(await c.child.ended, 1)
        self.assertEqual(c.said("cluster.secret is not that of the other nodes, a at "), 1)
        where = re.findall(r"other nodes are awaited on ([\d.]+):(\d+)", a.text)[0]
        for _ in range(20):
            socket.create_connection((where[0], int(where[1]))).close()
        await a.child.lines.wait("to the port for nodes (cluster.bindPort) is closed: ")
        await self.later(1)
        await self.goesOn(steady)
        steady.end()
        await steady.ended
        strange = "shares cluster.store with this node, and has another cluster.secret"
        self.assertEqual([node.said(strange) for node in (a, b, c)], [1, 1, 2])
        self.assertEqual([node.said("the port for nodes") for node in (a, b, c)], [1, 0, 0])
        for node in (a, b, c):
            self.assertEqual(node.said("there is no link|is not open here|Traceback|Unhandled"), 0, node.text)
