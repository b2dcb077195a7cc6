"""Statistics that outlive their server."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from frp.config.serverfile import serverFromValues
from frp.errors import ConfigError
from frp.server.orders import Order
from frp.server.service import FRPServer
from frp.testing.live import LiveTestCase, Peer, freePort
from frp.web.dashboard.site import dashboardServer
from frp.web.events import KEPT, Events


class KeepingTests(LiveTestCase):
    """A server with C{statsFile}, which is started again."""

    def setUp(self) -> None:
        super().setUp()
        self.path = Path(self.mktemp())

    async def serve(self) -> FRPServer:
        """Start it."""
        return await self.server(statsFile=str(self.path), webServer={"port": 1})

    async def use(self, server: FRPServer) -> None:
        """A client comes, somebody asks for something through it, and all leave."""
        service = self.service(lambda: Peer(b"welcome"))
        proxy = {"name": "a", "type": "tcp", "localPort": service, "remotePort": 0}
        client = await self.client(server, [proxy], user="me", clientID="here")
        user = await self.user(self.port(client, "a"))
        self.assertEqual(await user.hear(7), b"welcome")
        user.transport.loseConnection()
        await user.ended
        await client.stopService()

    async def test_kept(self) -> None:
        """What was carried is added to; who was here is known still, as away."""
        server = await self.serve()
        await self.use(server)
        await server.stopService()
        again = await self.serve()
        record = again.shared.statistics.find("me.a")
        assert record is not None
        self.assertEqual((record.online, record.type, record.user, record.clientID), (False, "tcp", "me", "here"))
        self.assertEqual((record.meter.bytesOut, record.meter.daysOut[0]), (7, 7))
        self.assertEqual(again.shared.statistics.whole.daysOut[0], 7)
        seen = await again.shared.roster.find("me.here")
        assert seen is not None
        self.assertFalse(seen.online)
        await self.use(again)
        self.assertEqual(record.meter.daysOut[0], 14)
        self.assertEqual(again.shared.statistics.whole.daysOut[0], 14)

    async def test_orders(self) -> None:
        """What operators have ordered holds, and is known with its reason and its moment."""
        server = await self.serve()
        orders = server.shared.orders
        orders.proxies["me.a"] = Order("too much", 1e9)
        orders.clients["me.here"] = Order("", 1e9 + 1)
        orders.kick("me.there", Order("go", 1e9 + 2))
        await server.stopService()
        again = await self.serve()
        self.assertEqual(again.shared.orders.proxies, {"me.a": Order("too much", 1e9)})
        self.assertEqual(again.shared.orders.clients, {"me.here": Order("", 1e9 + 1)})
        self.assertEqual(again.shared.orders.kicks, {"me.there": Order("go", 1e9 + 2)})
        again.shared.orders.proxies.clear()
        await again.stopService()
        self.assertEqual((await self.serve()).shared.orders.proxies, {})

    async def test_damaged(self) -> None:
        """A database that is damaged is set aside, and the server starts."""
        self.path.write_bytes(b"SQLite format 3\0" + b"damaged" * 1000)
        server = await self.serve()
        self.assertEqual(server.shared.statistics.records(), [])
        (aside,) = self.path.parent.glob(self.path.name + ".damaged-*")
        self.assertIn(b"damaged", aside.read_bytes())
        self.assertIn("is damaged, and is now", self.lines.text)

    async def test_unusable(self) -> None:
        """What is no database, or another's, is left as it is, and the server says why it does not start."""
        self.path.write_text("my notes\n" * 1000)
        with self.assertRaises(ConfigError) as caught:
            await self.serve()
        self.assertIn("file is not a database", caught.exception.brief)
        self.assertTrue(self.path.read_text().startswith("my notes"))
        self.path.unlink()
        await self.serve()
        with self.assertRaises(ConfigError) as caught:
            await self.serve()
        self.assertIn("database is locked", caught.exception.brief)
        self.path = Path("/no/such/folder/stats")
        with self.assertRaises(ConfigError):
            await self.serve()

    async def test_odd(self) -> None:
        """A row that means nothing is left out."""
        server = await self.serve()
        await self.use(server)
        await server.stopService()
        with sqlite3.connect(self.path) as database:
            odd = "('proxy', 'odd', '{}'), ('client', 'odd', '['), ('kick', 'odd', '{}'), ('later', 'odd', '{}')"
            database.execute(f"INSERT INTO kept VALUES {odd}")
        again = await self.serve()
        self.assertEqual([one.name for one in again.shared.statistics.records()], ["me.a"])
        self.assertEqual(self.lines.text.count("odd is left out"), 3)
        self.assertEqual(self.lines.text.count("what is called later there is left out"), 1)

    async def eventful(self) -> tuple[FRPServer, Events]:
        """Start a server with its web server, whose events they are."""
        values: dict[str, Any] = {"bindAddr": self.bound, "bindPort": freePort(), "statsFile": str(self.path)}
        values["webServer"] = {"port": freePort()}
        server = FRPServer(self.reactor, serverFromValues(values, registry=self.registry).config, self.registry)
        web = dashboardServer(server)
        for service in (web, server):
            service.startService()
            self.addCleanup(service.stopService)
        await server.started
        (events,) = (one for part in web.parts.values() for one in part.resources if isinstance(one, Events))
        return server, events

    async def test_events(self) -> None:
        """What has happened is known, as from before; its numbers go on, and what is the same goes on counting."""
        server, events = await self.eventful()
        events.tell("proxy.error", "me.a", why="port unavailable")
        events.tell("client.in", "me.here")
        events.tell("proxy.error", "me.a", why="port unavailable")
        await server.stopService()
        _, events = await self.eventful()
        known = dict(events.memory())
        self.assertEqual(
            {name[-1]: (one["topic"], one["times"], one["before"]) for name, one in known.items()},
            {"2": ("client.in", 1, True), "3": ("proxy.error", 2, True)},
        )
        events.tell("proxy.error", "me.a", why="port unavailable")
        last = list(events.memory())[-1][1]
        self.assertEqual((last["number"], last["times"], last.get("before")), (4, 3, None))
        self.assertNotEqual(last["at"], last["since"])

    async def test_manyEvents(self) -> None:
        """Of each topic the last come back, in their order and no more than are kept; none that means nothing."""
        server, events = await self.eventful()
        for number in range(KEPT + 20):
            events.tell("client.in", f"c{number}")
        await server.stopService()
        with sqlite3.connect(self.path) as database:
            (row,) = database.execute("SELECT data FROM kept WHERE kind = 'event' LIMIT 1").fetchone()
            one = json.loads(row)
            more = [{**one, "number": number, "name": f"old{number}"} for number in (1, 2)]
            odd = [{**one, "number": 3, "at": "noon"}, {"number": 4}]
            rows = [(f"{one['number']:020}", json.dumps(one)) for one in more + odd]
            database.executemany("INSERT INTO kept VALUES ('event', ?, ?)", rows)
        _, events = await self.eventful()
        found = [one["name"] for _, one in events.memory()]
        self.assertEqual(found, [f"c{number}" for number in range(20, KEPT + 20)])
        self.assertEqual(self.lines.text.count("is left out"), 2)
