"""Tests of what happens, as listeners hear it."""

from __future__ import annotations

import json
from typing import Any

from frp.testing.network import User
from frp.testing.web import PORT, WebTestCase
from frp.web.events import KEPT, MOST, Events


class EventsTests(WebTestCase):
    """A server, and who listens."""

    def setUp(self) -> None:
        super().setUp()
        self.web = self.dashboard(allowPorts=[{"single": 6000}])

    def events(self) -> Events:
        """Those of the server."""
        found = [one for part in self.web.parts.values() for one in part.resources if isinstance(one, Events)]
        return found[0]

    def listen(self, *fields: str) -> User:
        """Somebody listens."""
        user = self.network.user(PORT)
        user.send("\r\n".join(["GET /api/v2/events HTTP/1.1", "Host: frp", *fields, "", ""]).encode())
        self.network.settle()
        return user

    def heard(self, user: User) -> list[tuple[str, str, str, str]]:
        """What somebody has heard, without moments: topic, name, type and reason."""
        return [(one["topic"], one["name"], one["type"], one["why"]) for one in self.data(user)]

    def data(self, user: User) -> list[dict[str, Any]]:
        """All of it."""
        found = []
        for block in user.received.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "data" in lines:
                found.append({"topic": lines["event"], **json.loads(lines["data"])})
        return found

    def client(self, port: int = 6000) -> None:
        """A client with a proxy."""
        service = self.network.echo()
        proxy = {"name": "a", "type": "tcp", "localPort": service.port, "remotePort": port}
        self.last = self.network.client(proxies=[proxy], user="me", clientID="here")
        self.network.advance(1)

    def test_life(self) -> None:
        """A client comes with a proxy, and both go."""
        user = self.listen()
        self.assertIn(b"text/event-stream", user.received)
        self.client()
        self.last.stopService()
        self.network.advance(1)
        self.assertEqual(
            [one[:3] for one in self.heard(user)],
            [
                ("client.in", "me.here", ""),
                ("proxy.up", "me.a", "tcp"),
                ("proxy.down", "me.a", ""),
                ("client.out", "me.here", ""),
            ],
        )

    def test_errors(self) -> None:
        """What is refused has a reason."""
        user = self.listen()
        self.client(6001)
        topic, name, _type, why = self.heard(user)[1]
        self.assertEqual((topic, name, why), ("proxy.error", "me.a", "port 6001 is not allowed; allowPorts has 6000"))
        self.assertEqual([data["client"] for data in self.data(user)], ["", "me.here"])

    def test_again(self) -> None:
        """What happens again and again takes the place of what it was before, and pushes nothing else out."""
        self.client(6001)
        events = self.events()
        for number in range(2 * KEPT):
            events.tell("proxy.error", "me.b", why="taken")
            events.tell("client.refused", f"stranger {number}", why="token", untold=1)
        self.network.settle()
        known = self.data(self.listen("Last-Event-ID: 0"))
        self.assertEqual([one["name"] for one in known[:3]], ["me.here", "me.a", f"stranger {KEPT}"])
        self.assertEqual([one["times"] for one in known if one["name"] == "me.b"], [2 * KEPT])
        self.assertEqual(len(known), 3 + KEPT)
        events.tell("client.refused", known[-1]["name"], why="token", untold=3)
        self.assertEqual(self.data(self.listen("Last-Event-ID: 0"))[-1]["untold"], 4)

    def test_flood(self) -> None:
        """Clients that are refused are told of now and then, with how many others there were."""
        user = self.listen()
        for _ in range(5):
            self.network.client(auth={"token": "wrong"}, proxies=[], loginFailExit=True)
        self.network.advance(2)
        self.network.client(auth={"token": "wrong"}, proxies=[], loginFailExit=True)
        self.network.advance(1)
        refused = [one["untold"] for one in self.data(user) if one["topic"] == "client.refused"]
        self.assertEqual(refused, [0, 4])

    def test_latest(self) -> None:
        """What has happened is there, the last one first: of some topics, of a client, with a text."""
        self.client(6001)
        self.network.advance(60)
        for query, topics in (
            ("", ["proxy.error", "client.in"]),
            ("topic=client", ["client.in"]),
            ("topic=client.refused,proxy.error", ["proxy.error"]),
            ("topic=pro", []),
            ("client=me.here", ["proxy.error", "client.in"]),
            ("client=me.a", ["proxy.error"]),
            ("client=you", []),
            ("q=ALLOWED", ["proxy.error"]),
            ("pageSize=1&page=2", ["client.in"]),
        ):
            page = self.get(f"/api/v2/events/latest?{query}").json["data"]
            self.assertEqual([one["topic"] for one in page["items"]], topics, query)
        (failed,) = self.get("/api/v2/events/latest?topic=proxy").json["data"]["items"]
        self.assertEqual((failed["times"], failed["at"] - failed["since"]), (3, 60))

    def test_resumed(self) -> None:
        """Who was away for a while hears what has happened since; who is new does not."""
        self.client()
        self.assertEqual(self.heard(self.listen()), [])
        self.assertEqual([one[0] for one in self.heard(self.listen("Last-Event-ID: 1"))], ["proxy.up"])
        # The program was started again: its numbers begin again.
        self.assertEqual([one[0] for one in self.heard(self.listen("Last-Event-ID: 99"))], ["client.in", "proxy.up"])
        self.assertEqual(self.heard(self.listen("Last-Event-ID: x")), [])

    def test_before(self) -> None:
        """Who is new may ask for the last few of what has happened."""
        self.client()
        for query, topics in (("?last=1", ["proxy.up"]), ("?last=1000", ["client.in", "proxy.up"]), ("?last=0", [])):
            user = self.network.user(PORT)
            user.send(f"GET /api/v2/events{query} HTTP/1.1\r\nHost: frp\r\n\r\n".encode())
            self.network.settle()
            self.assertEqual([one[0] for one in self.heard(user)], topics, query)
        self.assertEqual(self.get("/api/v2/events?last=x").code, 400)

    def test_silence(self) -> None:
        """Where nothing happens, something comes now and then."""
        user = self.listen()
        before = user.received
        self.network.advance(16)
        self.assertNotEqual(user.received, before)
        self.assertFalse(user.closed)

    def test_slow(self) -> None:
        """Who does not read costs nothing: what it missed, and is still known, comes when it reads again."""
        user = self.listen()
        user.transport.pauseProducing()
        events = self.events()
        for number in range(3 * KEPT):
            events.tell("proxy.up", f"{number}" + "x" * 1000)
        listener = next(iter(events._listeners))
        self.assertTrue(listener._held)
        user.transport.resumeProducing()
        self.network.settle()
        heard = [name for _, name, _, _ in self.heard(user)]
        self.assertEqual(heard[-1][:5], f"{3 * KEPT - 1}x")
        self.assertLess(len(heard), 3 * KEPT)

    def test_most(self) -> None:
        """Not more listen than there is room for; one who leaves makes room."""
        users = [self.listen() for _ in range(MOST)]
        self.assertIn(b"503", self.listen().received[:20])
        users[0].abort()
        self.network.settle()
        self.assertIn(b"200", self.listen().received[:20])

    def test_stop(self) -> None:
        """A server that stops does not wait for those who listen."""
        user = self.listen()
        self.webs.remove(self.web)
        self.web.stopService()
        self.network.advance(1)
        self.assertTrue(user.closed)
