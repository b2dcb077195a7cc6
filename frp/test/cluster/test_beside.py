"""Users who are passed on to the process of their client, where that is beside the one that they have come to."""

from __future__ import annotations

from typing import Any

from h2.connection import H2Connection

from frp.server.cluster.link import Link
from frp.server.service import FRPServer
from frp.sockets.passing import Passage
from frp.test.cluster.beside import BesideTestCase
from frp.test.cluster.test_mirrors import MirrorTests, hello
from frp.testing.live import Peer, freePort


def get(host: str) -> bytes:
    """@return: a request for the page of a site."""
    return f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


class Echo(Peer):
    """Says back what it hears at once."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        super().readConnectionLost()
        self.transport.loseConnection()


class Site(Peer):
    """Answers each request with the address that it was told to come from."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        address = data.lower().partition(b"x-forwarded-for: ")[2].partition(b"\r")[0]
        if address:
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(address), address))

    def readConnectionLost(self) -> None:
        super().readConnectionLost()
        self.transport.loseConnection()


class SameTests(BesideTestCase, MirrorTests):
    """All is as it is between machines."""


class PassedTests(BesideTestCase):
    """
    A user comes to the first of two nodes; the client is at the other one.

    @ivar ports: of the gateways, the same at both.
    """

    async def both(self, **values: Any) -> tuple[FRPServer, FRPServer]:
        self.ports = {name: freePort() for name in ("vhostHTTPPort", "vhostHTTPSPort", "tcpmuxHTTPConnectPort")}
        values = {**self.ports, **values}
        return await self.node(**values), await self.node(**values)

    def asks(self) -> list[Any]:
        """@return: what will have been asked over links, from now on."""
        asks: list[Any] = []
        ask = Link.ask

        def noted(link: Link, what: Any, behind: bytes = b"") -> Any:
            asks.append(what)
            return ask(link, what, behind)

        self.patch(Link, "ask", noted)
        return asks

    def count(self, name: str, type: str) -> list[int]:
        """@return: users whom each node serves now, and how many the client's has counted for a proxy."""
        here, there = self.nodes
        total = there.shared.statistics.meter(name, type).total
        return [len(here.flowing), len(there.flowing), total]

    def echo(self) -> int:
        """@return: the port of a service that says back what it hears, until its user ends."""
        return self.service(Echo)

    def site(self) -> int:
        """@return: the port of one that speaks HTTP: it says from where it was asked."""
        return self.service(Site)

    async def said(self, port: int, said: bytes, answer: bytes) -> Peer:
        """@return: a user at the first node, who has said this and was answered that."""
        self.host = self.nodes[0].config.bindAddr
        user = await self.user(port, Peer(said))
        await self.until(lambda: answer in user.received)
        return user

    async def test_joined(self) -> None:
        """Users of https, tcpmux and tcp: nothing crosses, each is counted once, at the client's node."""
        _, there = await self.both()
        domain = {"customDomains": ["a.example"], "localPort": self.echo()}
        tables: list[dict[str, Any]] = [
            {"name": "s", "type": "https", **domain},
            {"name": "m", "type": "tcpmux", "multiplexer": "httpconnect", **domain},
            {"name": "t", "type": "tcp", "localPort": domain["localPort"]},
        ]
        client = await self.client(there, tables)
        await self.mirrored("s", "m", "t")
        asks = self.asks()
        begin = hello("a.example")
        connect = b"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n"
        for name, type, port, said, answer in (
            ("s", "https", self.ports["vhostHTTPSPort"], begin, begin),
            ("m", "tcpmux", self.ports["tcpmuxHTTPConnectPort"], connect + b"one", b"\r\n\r\none"),
            ("t", "tcp", self.port(client, "t"), b"one", b"one"),
        ):
            user = await self.said(port, said, answer)
            self.assertEqual(self.count(name, type), [0, 1, 1])
            user.transport.write(b" two")
            await self.until(lambda user=user: user.received.endswith(b" two"))
            user.transport.loseWriteConnection()
            await user.ended
            await self.until(lambda: not there.flowing)
            peer = user.transport.getHost()
            self.assertEqual(self.lines.text.count(f"get a user connection [{peer.host}:{peer.port}]"), 1)
        self.assertEqual(asks, [])

    async def test_site(self) -> None:
        """A user of a site is its node's from the first request on, with its real address."""
        _, there = await self.both()
        table = {"name": "w", "type": "http", "localPort": self.site(), "customDomains": ["a.example"]}
        await self.client(there, [table])
        await self.mirrored("w")
        asks = self.asks()
        user = await self.said(self.ports["vhostHTTPPort"], get("a.example"), b"\r\n\r\n127.0.0.1")
        self.assertEqual(self.count("w", "http")[2], 1)
        user.transport.write(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody")
        await self.until(lambda: user.received.count(b"200 OK") == 2)
        self.assertEqual(asks, [])
        user.transport.loseConnection()

    async def test_oneRequest(self) -> None:
        """A connection for one request is not worth it: that goes by the link."""
        _, there = await self.both()
        table = {"name": "w", "type": "http", "localPort": self.site(), "customDomains": ["a.example"]}
        await self.client(there, [table])
        await self.mirrored("w")
        asks = self.asks()
        for version, closing in ("1.1", "Connection: close\r\n"), ("1.0", ""):
            said = f"GET / HTTP/{version}\r\nHost: a.example\r\n{closing}\r\n"
            user = await self.said(self.ports["vhostHTTPPort"], said.encode(), b"\r\n\r\n127.0.0.1")
            await user.ended
        self.assertEqual([ask["proxy"] for ask in asks], ["w"])  # on one kept connection

    async def test_elsewhereLater(self) -> None:
        """What a passed user asks of sites of other nodes goes by the link; so does what was not passed."""
        here, there = await self.both()
        for node, name in ((here, "a"), (there, "b")):
            table = {"name": name, "type": "http", "localPort": self.site(), "customDomains": [f"{name}.example"]}
            await self.client(node, [table])
        await self.mirrored("a", "b")
        asks = self.asks()
        for first, second in ("ba", "ab"):
            user = await self.said(self.ports["vhostHTTPPort"], get(f"{first}.example"), b"\r\n\r\n127.0.0.1")
            self.assertEqual(asks, [])
            user.transport.write(get(f"{second}.example"))
            await self.until(lambda user=user: user.received.count(b"200 OK") == 2)
            self.assertEqual([ask["proxy"] for ask in asks], [second])
            asks.clear()
            user.transport.loseConnection()

    async def test_refused(self) -> None:
        """A user who must prove who it is proves it where it is served; what is no request is answered at once."""
        here, there = await self.both()
        table = {"name": "w", "type": "http", "localPort": self.site(), "customDomains": ["a.example"]}
        await self.client(there, [{**table, "httpUser": "ann", "httpPassword": "x"}])
        await self.mirrored("w")
        for head, status in ((get("a.example"), b"401"), (get("b.example"), b"404"), (b"GET\r\n\r\n", b"400")):
            answer = await self.ask(here, self.ports["vhostHTTPPort"], head)
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), answer)

    async def test_shared(self) -> None:
        """A gateway may have the port of the clients."""
        port = freePort()
        _, there = await self.both(bindPort=port, vhostHTTPPort=port, vhostHTTPSPort=port)
        domain = {"customDomains": ["a.example"]}
        await self.client(
            there,
            [
                {"name": "w", "type": "http", "localPort": self.site(), **domain},
                {"name": "s", "type": "https", "localPort": self.echo(), **domain},
            ],
            transport={"tls": {"disableCustomTLSFirstByte": False}},
        )
        await self.mirrored("w", "s")
        asks = self.asks()
        begin = hello("a.example")
        for said, answer in ((get("a.example"), b"\r\n\r\n127.0.0.1"), (begin, begin)):
            user = await self.said(port, said, answer)
            user.transport.loseConnection()
        self.assertEqual(asks, [])

    async def test_group(self) -> None:
        """Of a group of sites, each request is another member's: these go by the link."""
        here, there = await self.both()
        group = {"customDomains": ["a.example"], "loadBalancer": {"group": "g", "groupKey": "k"}}
        for node, name in ((here, "a"), (there, "b")):
            await self.client(node, [{"name": name, "type": "http", "localPort": self.site(), **group}])
            await self.mirrored(name)
        asks = self.asks()
        user = await self.said(self.ports["vhostHTTPPort"], get("a.example"), b"\r\n\r\n127.0.0.1")
        for number in range(2, 5):
            user.transport.write(get("a.example"))
            await self.until(lambda number=number: user.received.count(b"200 OK") == number)
        self.assertEqual([ask["proxy"] for ask in asks], ["b"])  # on one kept connection
        user.transport.loseConnection()

    async def test_notNow(self) -> None:
        """Where the other process takes nobody now, users go by the link."""
        _, there = await self.both()
        domain = {"customDomains": ["a.example"]}
        await self.client(
            there,
            [
                {"name": "w", "type": "http", "localPort": self.site(), **domain},
                {"name": "s", "type": "https", "localPort": self.echo(), **domain},
            ],
        )
        await self.mirrored("w", "s")
        self.patch(Passage, "_send", lambda passage, connection, said: False)
        asks = self.asks()
        begin = hello("a.example")
        for port, said, answer in (
            (self.ports["vhostHTTPPort"], get("a.example"), b"\r\n\r\n127.0.0.1"),
            (self.ports["vhostHTTPSPort"], begin, begin),
        ):
            user = await self.said(port, said, answer)
            user.transport.loseConnection()
        self.assertEqual([ask["proxy"] for ask in asks], ["w", "s"])

    async def test_prior(self) -> None:
        """HTTP/2 goes by the link: both sides have spoken by its first request."""
        _, there = await self.both()
        table = {"name": "w", "type": "http", "localPort": self.site(), "customDomains": ["a.example"]}
        await self.client(there, [table])
        await self.mirrored("w")
        asks = self.asks()
        connection = H2Connection()
        connection.initiate_connection()
        names = (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a.example")
        connection.send_headers(1, names, end_stream=True)
        user = await self.said(self.ports["vhostHTTPPort"], connection.data_to_send(), b"127.0.0.1")
        self.assertEqual([ask["proxy"] for ask in asks], ["w"])
        user.transport.loseConnection()
