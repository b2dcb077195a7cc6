"""A user at one node, the client at another."""

from __future__ import annotations

import contextlib
import ssl
from hashlib import sha256
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

import frp.server.cluster.mirrors
from frp.client.service import FRPClient
from frp.server.cluster.mirrors import Mirrors
from frp.server.service import FRPServer
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer, freePort
from frp.web.dashboard.second.nodes import NodeInfo, Nodes

BIG = bytes(range(256)) * 4000


def digest(received: bytes) -> bytes:
    """What the services of these tests answer."""
    return sha256(received).digest()


def hello(name: str) -> bytes:
    """@return: what somebody says first who wants this host over TLS."""
    outgoing = ssl.MemoryBIO()
    side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        side.do_handshake()
    return outgoing.read()


def mirrorsOf(node: FRPServer) -> Mirrors:
    """@return: what a node has of others."""
    assert node.node is not None
    assert node.node.mirrors is not None
    return node.node.mirrors


class Datagrams(DatagramProtocol):
    """A user, or a service that says back what it hears."""

    noisy = False
    transport: Any

    def __init__(self, *, echo: bool = False) -> None:
        self.heard: Deferred[tuple[bytes, tuple[str, int]]] = Deferred()
        self._echo = echo

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        if self._echo:
            self.transport.write(datagram, addr)
        else:
            heard, self.heard = self.heard, Deferred()
            heard.callback((datagram, addr))


class MirrorTests(ClusterTestCase):
    """Every proxy is open on every node."""

    def digests(self) -> int:
        """@return: the port of a service that answers with the digest of what it has heard."""
        return self.service(lambda: Peer(answer=digest))

    def adding(self, name: str) -> int:
        """@return: the port of one that answers what it has heard, and its name behind it."""
        return self.service(lambda: Peer(answer=lambda received: received + name.encode()))

    async def test_tcp(self) -> None:
        """What a user sends to any node, and is answered, comes through whole; the port is the same."""
        here, there = await self.node(), await self.node()
        tables: list[dict[str, Any]] = [
            {"name": "plain", "type": "tcp", "localPort": self.digests()},
            {
                "name": "treated",
                "type": "tcp",
                "localPort": self.digests(),
                "transport": {"useEncryption": True, "useCompression": True},
            },
        ]
        client = await self.client(here, tables)
        await self.mirrored("plain", "treated")
        for table in tables:
            for node in (here, there):
                self.assertEqual(await self.ask(node, self.port(client, table["name"]), BIG), digest(BIG))

    async def test_realAddress(self) -> None:
        """The service is told who the user is, and what he has reached."""
        here, there = await self.node(), await self.node()
        service = self.service(lambda: Peer(answer=lambda received: received))
        table = {"name": "a", "type": "tcp", "localPort": service, "transport": {"proxyProtocolVersion": "v1"}}
        port = self.port(await self.client(here, [table]), "a")
        await self.mirrored("a")
        heard = await self.ask(there, port, b"!")
        self.assertTrue(heard.startswith(b"PROXY TCP4 127.0.0.1 127.0.0.2 "), heard)
        self.assertTrue(heard.endswith(f" {port}\r\n!".encode()), heard)

    async def test_http(self) -> None:
        """Requests find the proxy at any node."""
        http = freePort()
        here, there = [await self.node(vhostHTTPPort=http) for _ in range(2)]
        service = self.service(lambda: Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"))
        await self.client(here, [{"name": "w", "type": "http", "localPort": service, "customDomains": ["a.example"]}])
        await self.mirrored("w")
        for node in (here, there):
            answer = await self.ask(node, http, b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"hi"), answer)

    async def test_https(self) -> None:
        """So does TLS."""
        https = freePort()
        here, there = [await self.node(vhostHTTPSPort=https) for _ in range(2)]
        table = {"name": "w", "type": "https", "localPort": self.digests(), "customDomains": ["a.example"]}
        await self.client(here, [table])
        await self.mirrored("w")
        said = hello("a.example")
        for node in (here, there):
            self.assertEqual(await self.ask(node, https, said), digest(said))

    async def test_tcpmux(self) -> None:
        """So does CONNECT."""
        mux = freePort()
        here, there = [await self.node(tcpmuxHTTPConnectPort=mux) for _ in range(2)]
        table = {"name": "m", "type": "tcpmux", "multiplexer": "httpconnect", "localPort": self.digests()}
        await self.client(here, [{**table, "customDomains": ["a.example"]}])
        await self.mirrored("m")
        for node in (here, there):
            answer = await self.ask(node, mux, b"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\nhello")
            self.assertTrue(answer.endswith(digest(b"hello")), answer)

    async def test_udp(self) -> None:
        """Users of all nodes share the one work stream of a udp proxy, and each is answered by his own node."""
        nodes = [await self.node() for _ in range(3)]
        service = self.reactor.listenUDP(0, Datagrams(echo=True), interface="127.0.0.1")
        self.addCleanup(service.stopListening)
        for treatment in ({}, {"useEncryption": True, "useCompression": True}):
            table = {"name": f"u{len(treatment)}", "type": "udp", "localPort": service.getHost().port}
            client = await self.client(nodes[0], [{**table, "transport": treatment}])
            await self.mirrored(table["name"])
            port = self.port(client, table["name"])
            users = [(Datagrams(), node.config.bindAddr) for node in nodes for _ in range(2)]
            for user, _ in users:
                opened = self.reactor.listenUDP(0, user, interface="127.0.0.1")
                self.addCleanup(opened.stopListening)
            for number in range(3):
                for place, (user, host) in enumerate(users):
                    said = f"{number} {place}".encode()
                    heard = user.heard
                    user.transport.write(said, (host, port))
                    self.assertEqual(await heard, (said, (host, port)))

    async def test_stcp(self) -> None:
        """A visitor at one node reaches the proxy of another."""
        here, there = await self.node(), await self.node()
        await self.client(here, [{"name": "s", "type": "stcp", "secretKey": "k", "localPort": self.digests()}])
        await self.mirrored("s")
        bind = freePort()
        visitor = {"name": "v", "type": "stcp", "serverName": "s", "secretKey": "k", "bindPort": bind}
        await self.client(there, [], visitors=[visitor])
        await self.lines.wait("start visitor success")
        self.assertEqual(await self.ask(here, bind, BIG), digest(BIG))

    async def test_sudp(self) -> None:
        """So does one with datagrams."""
        here, there = await self.node(), await self.node()
        service = self.reactor.listenUDP(0, Datagrams(echo=True), interface="127.0.0.1")
        self.addCleanup(service.stopListening)
        table = {"name": "s", "type": "sudp", "secretKey": "k", "localPort": service.getHost().port}
        await self.client(here, [table])
        await self.mirrored("s")
        bind = freePort()
        visitor = {"name": "v", "type": "sudp", "serverName": "s", "secretKey": "k", "bindPort": bind}
        await self.client(there, [], visitors=[visitor])
        await self.lines.wait("start visitor success")
        user = Datagrams()
        self.addCleanup(self.reactor.listenUDP(0, user, interface="127.0.0.1").stopListening)
        user.transport.write(b"hello", ("127.0.0.1", bind))
        self.assertEqual((await user.heard)[0], b"hello")

    async def test_group(self) -> None:
        """The members of a group are at several nodes, and all of them serve the users of each."""
        here, there = await self.node(), await self.node()
        port = freePort()
        for name, node in ("a", here), ("b", there):
            service = self.adding(name)
            group = {"group": "g", "groupKey": "k"}
            table = {"name": name, "type": "tcp", "localPort": service, "remotePort": port, "loadBalancer": group}
            await self.client(node, [table])
            await self.mirrored(name)
        for node in (here, there):
            answers = [await self.ask(node, port, b"?") for _ in range(4)]
            self.assertEqual(sorted(answers), [b"?a", b"?a", b"?b", b"?b"])


class MovingTests(ClusterTestCase):
    """What happens when a proxy comes to another node."""

    def named(self, name: str) -> int:
        """@return: the port of a service that answers with its name."""
        return self.service(lambda: Peer(answer=lambda received: name.encode()))

    def table(self, name: str, port: int, said: str) -> dict[str, object]:
        """A proxy whose service says this."""
        return {"name": name, "type": "tcp", "localPort": self.named(said), "remotePort": port}

    async def test_nameTaken(self) -> None:
        """A name, and a port, of a proxy of another node are taken, and who has them is said in our log."""
        here, there = await self.node(), await self.node()
        port = freePort()
        await self.client(here, [self.table("a", port, "here")], clientID="first")
        await self.mirrored("a")
        await self.client(there, [self.table("a", 0, "there")], until="proxy [a] already exists: client [first] has it")
        await self.client(there, [self.table("b", port, "there")], until=f"port {port} is already used by proxy [a]")

    async def test_moved(self) -> None:
        """When it is given back the next one has it at once, though this node has heard nothing of that yet."""
        here, there = await self.node(), await self.node()
        port = freePort()
        client = await self.client(here, [self.table("a", port, "here")])
        await self.mirrored("a")
        self.assertEqual(await self.ask(there, port, b"?"), b"here")
        await client.stopService()
        await self.client(there, [self.table("b", port, "there")])
        await self.mirrored("b")
        for node in self.nodes:
            self.assertEqual(await self.ask(node, port, b"?"), b"there")

    async def test_lateNews(self) -> None:
        """A node that hears late that a proxy of another one is closed lets its own clients have what that one had."""
        here, there = await self.node(vhostHTTPSPort=freePort()), await self.node(vhostHTTPSPort=freePort())
        port = freePort()
        https: dict[str, Any] = {"name": "w", "type": "https", "customDomains": ["a.example"]}
        client = await self.client(here, [self.table("a", port, "here"), {**https, "localPort": self.named("here")}])
        await self.mirrored("a", "w")
        mirrors = mirrorsOf(there)
        mirrors.gone = lambda entry: None  # type: ignore[method-assign]
        await client.stopService()
        tables = [self.table("a", freePort(), "there"), self.table("b", port, "there")]
        await self.client(there, [*tables, {**https, "name": "v", "localPort": self.named("there")}])
        self.assertEqual(await self.ask(there, port, b"?"), b"there")
        self.assertEqual(await self.ask(there, there.config.vhostHTTPSPort, hello("a.example")), b"there")

    async def test_takenOver(self) -> None:
        """A client that logs in again at another node has its proxies there at once; the run before it ends."""
        here, there = await self.node(), await self.node()
        balancer, entry = self.balanced(here)
        port = freePort()
        table = self.table("a", port, "it")
        await self.client(here, [table], serverAddr="127.0.0.1", serverPort=entry, transport={"tls": {"enable": False}})
        await self.mirrored("a")
        balancer.move(there)
        await self.lines.wait("start proxy success", 2)
        await self.until(lambda: len(here.clients) == 0 and "a" in here.shared.mirrored)
        self.assertEqual(len(there.clients), 1)
        for node in self.nodes:
            self.assertEqual(await self.ask(node, port, b"?"), b"it")
        self.assertNotIn("already", self.lines.text)

    async def test_notOpen(self) -> None:
        """A node that cannot open a proxy of another one says so, and does so as soon as it can."""
        here, there = await self.node(), await self.node()
        port = freePort()
        other = self.reactor.listenTCP(port, Factory.forProtocol(Protocol), interface="127.0.0.2")
        self.addCleanup(other.stopListening)
        self.patch(frp.server.cluster.mirrors, "AGAIN", 0.2)
        await self.client(here, [self.table("a", port, "here")])
        await self.lines.wait("proxy [a] of node n1 is not open here: listen tcp")
        mirrors = mirrorsOf(there)
        self.assertIn("a", mirrors.troubles)
        self.assertEqual(await self.ask(here, port, b"?"), b"here")
        await other.stopListening()
        await self.mirrored("a")
        self.assertEqual(await self.ask(there, port, b"?"), b"here")
        self.assertEqual(mirrors.troubles, {})

    async def test_nodeGone(self) -> None:
        """What the proxies of a node had that is gone is free for others."""
        here, there = await self.node(), await self.node()
        port = freePort()
        await self.client(here, [self.table("a", port, "here")])
        await self.mirrored("a")
        await here.shared.directory.close()
        await self.until(lambda: "a" not in there.shared.mirrored)
        await self.client(there, [self.table("a", port, "there")])
        self.assertEqual(await self.ask(there, port, b"?"), b"there")

    async def test_groupStays(self) -> None:
        """The port of a group is the group's as long as a member is anywhere, whichever has opened it first."""
        here, there = await self.node(), await self.node()
        port = freePort()
        group = {"loadBalancer": {"group": "g", "groupKey": "k"}}
        await self.client(here, [{**self.table("a", port, "a"), **group}])
        await self.mirrored("a")
        await self.client(there, [{**self.table("b", port, "b"), **group}])
        await self.mirrored("b")
        await here.shared.directory.close()
        await self.until(lambda: "a" not in there.shared.mirrored)
        await self.client(there, [self.table("c", port, "c")], until=f"port {port} is already used by proxy [b]")
        self.assertEqual(await self.ask(there, port, b"?"), b"b")

    async def test_onlyThere(self) -> None:
        """A proxy that needs its client itself is open at its node only."""
        here, there = await self.node(), await self.node()
        await self.client(here, [{"name": "x", "type": "xtcp", "secretKey": "k", "localPort": 1}])
        await self.client(here, [{"name": "last", "type": "stcp", "secretKey": "k", "localPort": 1}])
        await self.mirrored("last")
        self.assertNotIn("x", there.shared.mirrored)
        self.assertEqual(mirrorsOf(there).troubles, {})

    async def test_someNodes(self) -> None:
        """A proxy that names nodes is open at those and at its client's."""
        nodes = [await self.node(), await self.node(), await self.node(cluster={"labels": ["edge", "eu"]})]
        service = self.named("it")
        tables = [
            {"name": name, "type": "tcp", "localPort": service, "annotations": {"frp.nodes": places}}
            for name, places in (("a", "n2, edge"), ("b", "eu"), ("c", "nowhere"))
        ]
        await self.client(nodes[0], [*tables, {"name": "last", "type": "tcp", "localPort": service}])
        await self.mirrored("last")
        where = {name: [node.config.cluster.node for node in nodes if name in node.shared.mirrored] for name in "abc"}
        self.assertEqual(where, {"a": ["n2", "n3"], "b": ["n3"], "c": []})


class OverviewTests(ClusterTestCase):
    """What an operator sees."""

    def rows(self, node: FRPServer) -> list[NodeInfo]:
        """@return: what a node tells."""
        return self.successResultOf(Deferred.fromCoroutine(Nodes(node).nodes()))

    async def test_nodes(self) -> None:
        """Each node tells of all: itself first, what they have, and whether they reach each other."""
        here, there = await self.node(), await self.node()
        service = self.service(lambda: Peer())
        tables = [{"name": name, "type": "tcp", "localPort": service} for name in ("a", "b")]
        await self.client(there, tables)
        await self.mirrored("a", "b")
        for node, names in (here, ["n1", "n2"]), (there, ["n2", "n1"]):
            await self.until(lambda node=node: [one.link for one in self.rows(node)] == ["here", "up"])
            rows = self.rows(node)
            self.assertEqual([one.name for one in rows], names)
            self.assertEqual({one.name: (one.clients, one.proxies) for one in rows}, {"n1": (0, 0), "n2": (1, 2)})
        there.drain(0)
        await there.drained
        await self.until(lambda: [(one.clients, one.proxies) for one in self.rows(here)] == [(0, 0), (0, 0)])
        self.assertTrue(self.rows(there)[0].drains)
        # So do the others, who do not count it among those that have fewer clients.
        await self.until(lambda: self.rows(here)[1].drains)
        await self.lines.wait("node n2 is to be left: its clients come to others")
        assert here.node is not None
        self.assertEqual(len(here.node._loads()), 1)
        await there.stopService()
        await self.until(lambda: len(self.rows(here)) == 1)

    async def test_alone(self) -> None:
        """A server that is alone has none."""
        self.assertEqual(self.rows(await self.server()), [])


class ScatteredTests(ClusterTestCase):
    """A load balancer leads each connection of a client to another node than the one before."""

    async def scattered(self, proxies: list[dict[str, Any]], **values: Any) -> FRPClient:
        """@return: a client without tcpMux that logs in at the first node; all that comes then comes to the second."""
        here, there = [await self.node(transport={"tcpMux": False}) for _ in range(2)]
        balancer, entry = self.balanced(here)
        transport = {"tcpMux": False, "tls": {"enable": False}}
        begun = Deferred.fromCoroutine(
            self.client(here, proxies, serverAddr="127.0.0.1", serverPort=entry, transport=transport, **values)
        )
        await self.lines.wait("client login info")
        balancer.lead(there)
        return await begun

    async def test_workConnections(self) -> None:
        """Work connections find the node of their client; whoever names none is refused as ever."""
        service = self.service(lambda: Peer(BIG))
        client = await self.scattered([{"name": "a", "type": "tcp", "localPort": service}])
        await self.mirrored("a")
        for node in self.nodes:
            self.host = node.config.bindAddr
            user = await self.user(self.port(client, "a"))
            self.assertEqual(await user.hear(len(BIG)), BIG)

    async def test_visitors(self) -> None:
        """So do those of visitors, which are known by the user of their client."""
        service = self.service(lambda: Peer(BIG))
        table = {"name": "s", "type": "stcp", "secretKey": "k", "localPort": service}
        bind = freePort()
        visitor = {"name": "v", "type": "stcp", "serverName": "s", "secretKey": "k", "bindPort": bind}
        await self.scattered([table], user="ann", visitors=[visitor])
        await self.mirrored("ann.s")
        self.host = "127.0.0.1"
        user = await self.user(bind)
        self.assertEqual(await user.hear(len(BIG)), BIG)
