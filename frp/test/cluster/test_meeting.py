"""A node that is started takes users when it knows what the others have, and has met them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import deferLater

import frp.server.cluster.node as nodeModule
from frp.config.server import ServerConfig
from frp.directories.memory import Memory, Shelf
from frp.errors import Unavailable
from frp.interfaces import Entry, IDirectory, IWatcher
from frp.server.cluster.company import Company
from frp.server.cluster.sealing import Sealing
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.test.cluster.cases import ClusterTestCase
from frp.testing.live import Peer, freePort

#: Seconds that the directory of these tests needs.
SLOW, NEVER = 0.4, 99.0

REQUEST = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


class _Slow(Memory):
    """One that is read after a while, as one over a network is; or never."""

    def __init__(self, shelf: Shelf, clock: Any, seconds: float) -> None:
        super().__init__(shelf)
        self.watch = self._later
        self._clock, self._seconds = clock, seconds

    def _later(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        if self._seconds < NEVER:
            self._clock.callLater(self._seconds, self._shelf.watch, kind, watcher)
        return lambda: None

    def told(self) -> Deferred[None]:
        return deferLater(self._clock, self._seconds + 0.01) if self._seconds < NEVER else Deferred()


class _Gone(Memory):
    """One that says that it cannot be read."""

    def told(self) -> Deferred[None]:
        told: Deferred[None] = Deferred()
        told.errback(Unavailable("the directory is gone"))
        return told


class MeetingTests(ClusterTestCase):
    """What users of a new node notice."""

    def setUp(self) -> None:
        super().setUp()
        self.http, self.tcp = freePort(), freePort()
        self.slow = 0.0
        self.kind: Callable[[], IDirectory] | None = None
        self.servers: list[FRPServer] = []

    def made(self, config: ServerConfig, shared: Shared) -> FRPServer:
        self.servers.append(super().made(config, shared))
        return self.servers[-1]

    def directory(self, name: str) -> IDirectory:
        if self.kind is not None:
            return self.kind()
        return _Slow(self.shelf, self.reactor, self.slow) if self.slow else Memory(self.shelf)

    async def served(self) -> FRPServer:
        """@return: a node with a client that has a site and a port."""
        node = await self.node(vhostHTTPPort=self.http)
        site = self.service(lambda: Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"))
        echo = self.service(lambda: Peer(answer=lambda received: received))
        await self.client(
            node,
            [
                {"name": "w", "type": "http", "localPort": site, "customDomains": ["a.example"]},
                {"name": "t", "type": "tcp", "localPort": echo, "remotePort": self.tcp},
            ],
        )
        return node

    async def test_first(self) -> None:
        """The very first users are served, also those who come before it has started."""
        await self.served()
        self.slow = SLOW
        starting = Deferred.fromCoroutine(self.node(vhostHTTPPort=self.http))
        self.host = "127.0.0.2"
        early = await self.user(self.http, Peer(REQUEST))
        await deferLater(self.reactor, SLOW / 4)
        self.assertEqual((early.received, starting.called), (b"", False))
        node = await starting
        self.assertEqual(await self.ask(node, self.tcp, b"!"), b"!")
        await early.ended
        self.assertTrue(early.received.startswith(b"HTTP/1.1 200 OK"), early.received)
        self.assertNotIn("not all was heard", self.lines.text)

    async def test_alone(self) -> None:
        """Whoever is alone waits for nobody, nor for those who have another secret, or for its own life before."""
        self.patch(nodeModule, "PATIENCE", 60)
        self.patch(Company, "check", lambda company: None)  # it would not start with strangers only
        port = freePort()
        for id, address in (("x", "127.0.0.9:1"), ("y", f"127.0.0.1:{port}")):
            value = {"name": id, "address": address, "proof": None}
            if id == "y":
                value["proof"] = Sealing("we").seal(id.encode())
            other = Memory(self.shelf)
            self.assertIsNone(await other.claim(Entry(("node", id), id, value), lambda other: None))
        began = self.reactor.seconds()
        await self.node(cluster={"bindPort": port})
        self.assertLess(self.reactor.seconds() - began, 10)

    async def test_neverMet(self) -> None:
        """It does not wait for long for one that is not met; the log says whom it misses."""
        self.patch(nodeModule, "PATIENCE", 0.2)
        value = {"name": "far", "address": "127.0.0.9:1", "proof": Sealing("we").seal(b"x")}
        await Memory(self.shelf).claim(Entry(("node", "x"), "x", value), lambda other: None)
        await self.node()
        self.assertIn("other nodes: there is no link to far", self.lines.text)

    async def test_notRead(self) -> None:
        """Nor for a directory that is not read."""
        self.patch(nodeModule, "PATIENCE", 0.2)
        self.slow = NEVER
        await self.node()
        self.assertIn("other nodes: the directory is not read", self.lines.text)

    async def test_lost(self) -> None:
        """Nor for one that says that it cannot be read."""
        self.kind = lambda: _Gone(self.shelf)
        await self.node()
        self.assertIn("other nodes: the directory is gone", self.lines.text)

    async def test_drained(self) -> None:
        """Whoever is to be left meanwhile lets nobody in."""
        self.slow = SLOW
        starting = Deferred.fromCoroutine(self.node())
        await self.until(lambda: "for other nodes at" in self.lines.text)
        (server,) = self.servers
        server.drain(0)
        await starting
        await server.drained
        coming = Deferred.fromCoroutine(self.user(server.config.bindPort, Peer()))
        await self.assertFailure(coming, ConnectionRefusedError)

    async def test_stopped(self) -> None:
        """Whoever is stopped meanwhile has not started."""
        self.slow = NEVER
        error = self.assertFailure(Deferred.fromCoroutine(self.node()), Unavailable)
        await self.until(lambda: "for other nodes at" in self.lines.text)
        await self.servers[0].stopService()
        self.assertEqual(str(await error), "stopped before it had started")
        self.assertNotIn("started successfully", self.lines.text)
