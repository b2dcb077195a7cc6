"""Requests that outlive their frpc."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from frp.client.service import FRPClient
from frp.http.inspecting.part import Inspector
from frp.http.inspecting.records import Record
from frp.server.service import FRPServer
from frp.testing.live import LiveTestCase, Peer, freePort

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\nX-Odd: \xff\r\n\r\nh\xff\x00lo"


class Site(Peer):
    """Answers one request."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if b"\r\n\r\n" in self.received:
            self.transport.write(ANSWER)
            self.transport.loseConnection()


class InspectFileTests(LiveTestCase):
    """A client with C{inspect.file}, which is started again."""

    def setUp(self) -> None:
        super().setUp()
        self.path = Path(self.mktemp())
        self.http = freePort()
        self.local = self.service(Site)

    async def begin(self, server: FRPServer, *names: str, **inspect: Any) -> FRPClient:
        """Start the client, with a site for each name."""
        settings = {"file": str(self.path), **inspect}
        sites = [
            {"name": one, "type": "http", "localPort": self.local, "customDomains": [one], "inspect": settings}
            for one in names
        ]
        return await self.client(server, sites)

    async def use(self, name: str, *targets: str) -> None:
        """Somebody asks a site."""
        for target in targets:
            user = await self.user(self.http)
            user.transport.write(f"GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            await user.ended

    def inspector(self, client: FRPClient) -> Inspector:
        assert client.prepared is not None
        found: Inspector = client.prepared.parts.find("inspector")
        return found

    async def known(self, client: FRPClient, name: str = "one") -> list[Record]:
        """@return: what is known of a site when its file has been read, the latest first."""
        watched = self.inspector(client)._watched[name]
        if watched.shelf is not None:
            await watched.shelf.records(name, 1)
        return [record for record in self.inspector(client).records() if record.proxy == name]

    async def test_again(self) -> None:
        """They are there as they were, no more than are wanted of each proxy; new ones go on counting."""
        server = await self.server(vhostHTTPPort=self.http)
        client = await self.begin(server, "one", "two", requests=2)
        await self.use("one", "/1", "/2", "/3?\xe4")
        await self.use("two", "/4")
        before = await self.known(client)
        self.assertEqual([one.target for one in before], ["/3?\xe4", "/2"])
        await client.stopService()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        client = await self.begin(server, "one", "two", requests=2)
        after = await self.known(client)
        for old, new in zip(before, after, strict=True):
            for field in ("id", "at", "peer", "target", "fields", "responseFields", "status", "outcome", "took"):
                self.assertEqual(getattr(new, field), getattr(old, field), field)
            self.assertEqual((bytes(new.responseBody.kept), new.responseBody.whole), (b"h\xff\x00lo", True))
        await self.use("one", "/5")
        latest, kept = await self.known(client)
        self.assertEqual((latest.target, kept.id), ("/5", after[0].id))
        self.assertGreater(latest.id, kept.id)
        self.assertEqual([one.target for one in await self.known(client, "two")], ["/4"])

    async def test_forgotten(self) -> None:
        """What is forgotten does not come back."""
        server = await self.server(vhostHTTPPort=self.http)
        client = await self.begin(server, "one")
        await self.use("one", "/1")
        await self.known(client)
        self.inspector(client).clear()
        await client.stopService()
        client = await self.begin(server, "one")
        self.assertEqual(await self.known(client), [])

    async def test_damaged(self) -> None:
        """A database that is damaged is set aside, with a sentence."""
        self.path.write_bytes(b"SQLite format 3\0" + b"damaged" * 1000)
        server = await self.server(vhostHTTPPort=self.http)
        client = await self.begin(server, "one")
        await self.use("one", "/1")
        self.assertEqual(len(await self.known(client)), 1)
        self.assertIn(f"inspect.file {self.path} is damaged, and is now {self.path}.damaged-", self.lines.text)
        self.assertNotIn("Traceback", self.lines.text)

    async def test_unusable(self) -> None:
        """What is no database is left as it is: a sentence says so, and requests are kept in memory."""
        self.path.write_text("my notes\n" * 1000)
        server = await self.server(vhostHTTPPort=self.http)
        client = await self.begin(server, "one")
        await self.use("one", "/1")
        self.assertEqual(len(await self.known(client)), 1)
        why = f"inspect.file {self.path} cannot be used: file is not a database"
        self.assertIn(why, self.inspector(client).files[str(self.path)])
        await client.stopService()
        self.assertIn(why, self.lines.text)
        self.assertIn("requests are kept in memory only", self.lines.text)
        self.assertNotIn("Traceback", self.lines.text)
        self.assertTrue(self.path.read_text().startswith("my notes"))

    async def test_odd(self) -> None:
        """A row that means nothing is left out."""
        server = await self.server(vhostHTTPPort=self.http)
        client = await self.begin(server, "one")
        await self.use("one", "/1")
        await client.stopService()
        with sqlite3.connect(self.path) as database:
            database.execute("INSERT INTO requests (proxy, facts, body, responseBody) VALUES ('one', '{}', '', '')")
        client = await self.begin(server, "one")
        self.assertEqual([one.target for one in await self.known(client)], ["/1"])
        self.assertIn("1 requests are left out", self.lines.text)
