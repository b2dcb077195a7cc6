"""Tests of the store of frpc, and of what its API has beyond the reference's."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.errors import ConfigError, ConfigErrors
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.web import PORT, Reply, WebTestCase

PROXIES = "/api/store/proxies"


class StoreCase(WebTestCase):
    """A server, and a client with a store."""

    def setUp(self) -> None:
        super().setUp()
        self.network.server()
        self.service = self.network.echo()
        self.path = Path(self.mktemp())

    def client(self, **settings: Any) -> None:
        """Start it."""
        proxies = [self.entry("file", 6000), *settings.pop("proxies", ())]
        self.web = self.admin(proxies=proxies, store={"path": str(self.path)}, **settings)
        site: Any = self.web._site
        self.running: FRPClient = site.client
        self.network.advance(1)

    def entry(self, name: str, port: int, **more: Any) -> dict[str, Any]:
        """A proxy that leads to the service."""
        return {"name": name, "type": "tcp", "localPort": self.service.port, "remotePort": port, **more}

    def tell(self, method: str, path: str, entry: dict[str, Any] | None = None) -> Reply:
        """Do something, and wait until it is done."""
        definition = None if entry is None else {"name": entry["name"], "type": entry["type"], entry["type"]: entry}
        reply = self.ask(method, path, json.dumps(definition).encode() if definition else b"")
        self.network.advance(1)
        return reply

    def use(self, port: int) -> bytes:
        """@return: what an echo has said; nothing where nobody listens."""
        user = self.network.user(port)
        if user.refused is None:
            user.send(b"hello")
        self.network.settle()
        return user.received

    def shown(self) -> dict[str, str]:
        """Where the proxies that run come from."""
        rows = self.get("/api/status").json.get("tcp", [])
        return {one["name"]: one.get("source", "") for one in rows}


class StoreTests(StoreCase):
    """What is told to it."""

    def test_life(self) -> None:
        """A proxy is made, changed, and taken away; each counts at once."""
        self.client()
        self.assertEqual(self.tell("POST", PROXIES, self.entry("a", 6001)).code, 200)
        self.assertEqual(self.use(6001), b"hello")
        self.assertEqual(self.tell("PUT", f"{PROXIES}/a", self.entry("a", 6002)).code, 200)
        self.assertEqual((self.use(6001), self.use(6002)), (b"", b"hello"))
        self.assertEqual(self.tell("DELETE", f"{PROXIES}/a").code, 200)
        self.assertEqual((self.use(6002), self.use(6000)), (b"", b"hello"))

    def test_kept(self) -> None:
        """All of it is there when the client starts again; the file is for its owner alone."""
        self.client()
        self.tell("POST", PROXIES, self.entry("a", 6001))
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.running.stopService()
        self.webs.pop().stopService()
        self.network.advance(5)
        self.client()
        self.assertEqual(self.use(6001), b"hello")
        self.assertEqual(self.shown(), {"a": "store", "file": ""})

    def test_turnedOn(self) -> None:
        """A table that counts as soon as it is there is kept, although it is empty."""
        self.client()
        self.tell("POST", PROXIES, {"name": "a", "type": "http", "localPort": 1, "subdomain": "a", "inspect": {}})
        self.assertEqual(self.get(f"{PROXIES}/a").json["http"]["inspect"], {})
        self.assertEqual(json.loads(self.path.read_text())["proxies"][0]["inspect"], {})

    def test_wins(self) -> None:
        """An entry takes the place of one of the file, unless it is not enabled; a reload changes nothing of that."""
        self.client()
        self.tell("POST", PROXIES, self.entry("file", 6001))
        self.assertEqual((self.use(6000), self.use(6001)), (b"", b"hello"))
        self.assertEqual(self.shown(), {"file": "store"})
        self.running.update(
            clientFromValues({"proxies": [self.entry("file", 6003)]}, registry=self.running.registry).config.proxies
        )
        self.network.advance(1)
        self.assertEqual((self.use(6003), self.use(6001)), (b"", b"hello"))
        self.tell("PUT", f"{PROXIES}/file", self.entry("file", 6001, enabled=False))
        self.assertEqual((self.use(6003), self.use(6001)), (b"hello", b""))
        self.assertEqual(self.shown(), {"file": ""})

    def test_start(self) -> None:
        """Where only some shall start, that holds for those of the store, too."""
        self.client(start=["file", "b"])
        self.tell("POST", PROXIES, self.entry("a", 6001))
        self.tell("POST", PROXIES, self.entry("b", 6002))
        self.assertEqual((self.use(6001), self.use(6002)), (b"", b"hello"))

    def test_notKept(self) -> None:
        """What cannot be written does not count, and what was there is there still."""
        self.client()
        self.tell("POST", PROXIES, self.entry("a", 6001))
        before = self.path.read_bytes()

        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "disk")

        self.patch(os, "fsync", full)
        reply = self.tell("POST", PROXIES, self.entry("b", 6002))
        self.assertEqual((reply.code, reply.json["Msg"]), (500, "failed to persist: disk: no space left on device"))
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(sorted(self.path.parent.glob("*.tmp")), [])
        self.assertEqual((self.use(6001), self.use(6002)), (b"hello", b""))

    def test_unknown(self) -> None:
        """A key that is not known is passed over with a warning, and does not get into the file; or it is refused."""
        self.client()
        entry = {**self.entry("a", 6001), "remotePrt": 6002}
        problem = {
            "path": "remotePrt",
            "problem": 'json: unknown field "remotePrt"',
            "line": 0,
            "hint": "did you mean 'remotePort'?",
        }
        refused = self.tell("POST", f"{PROXIES}?strictConfig=true", entry)
        self.assertEqual((refused.code, refused.json["problems"]), (400, [problem]))
        self.assertEqual(refused.json["Msg"], 'parse JSON error: json: unknown field "remotePrt"')
        taken = self.tell("POST", PROXIES, entry)
        self.assertEqual((taken.code, taken.json["warnings"]), (200, [problem]))
        self.assertEqual(self.tell("PUT", f"{PROXIES}/a?strictConfig=true", entry).code, 400)
        self.assertNotIn("warnings", self.tell("PUT", f"{PROXIES}/a", self.entry("a", 6001)).json)
        self.assertNotIn("remotePrt", self.path.read_text())

    def test_nowhere(self) -> None:
        """A proxy without a service is made, as the reference makes it, with a warning."""
        self.client()
        made = self.tell("POST", f"{PROXIES}?strictConfig=true", {**self.entry("a", 6001), "localPort": 0})
        self.assertEqual((made.code, [one["path"] for one in made.json["warnings"]]), (200, ["localPort"]))

    def test_problems(self) -> None:
        """A refusal says which key it is about."""
        self.client()
        self.tell("POST", PROXIES, self.entry("a", 6001))
        for entry, path in (
            (self.entry("", 6001), "name"),
            (self.entry("a", 6002), "name"),
            ({**self.entry("b", 6001), "type": "none"}, "type"),
            ({**self.entry("b", 6001), "localPort": "x"}, "localPort"),
            ({**self.entry("b", 6001), "localPort": 70000}, "localPort"),
            ({**self.entry("b", 6001), "transport": {"bandwidthLimit": "much"}}, "transport.bandwidthLimit"),
            ({**self.entry("b", 6001), "plugin": {"type": "static_file"}}, "plugin.localPath"),
        ):
            reply = self.tell("POST", PROXIES, entry)
            self.assertIn(reply.code, (400, 409), entry)
            self.assertEqual([one["path"] for one in reply.json["problems"]], [path], reply.json)

    def test_shared(self) -> None:
        """What another program has written to the file is not written over, also where it was not there at first."""
        self.client()
        others = '{"proxies": []}'
        self.path.write_text(others)
        reply = self.tell("POST", PROXIES, self.entry("a", 6001))
        self.assertEqual((reply.code, self.use(6001), self.path.read_text()), (500, b"", others))
        self.assertIn("another program has changed it", reply.json["Msg"])
        self.path.unlink()
        self.assertEqual(self.tell("POST", PROXIES, self.entry("a", 6001)).code, 200)
        self.assertEqual(self.tell("POST", PROXIES, self.entry("b", 6002)).code, 200)

    def test_damaged(self) -> None:
        """A file that cannot be used keeps the client from starting, and is left as it is."""
        for text, why in (
            ("{", "failed to parse JSON: "),
            ('{"proxies": {}}', "failed to parse JSON: proxies is no list"),
            ('{"proxies": [{"name": "a"}]}', "failed to decode proxy at index 0: unknown proxy type: None"),
            ('{"proxies": [{"type": "tcp"}]}', "name"),
            ('{"proxies": [{"name": "a", "type": "tcp", "localPort": "x"}]}', "failed to decode proxy at index 0: "),
        ):
            self.path.write_text(text)
            error = self.assertRaises(ConfigErrors, self.client)
            self.assertTrue(error.brief.startswith("failed to create store source: failed to load existing data: "))
            self.assertIn(why, error.brief)
            self.assertEqual(self.path.read_text(), text)

    def test_off(self) -> None:
        """Without a store there is no such path."""
        self.admin()
        self.assertEqual(self.get(PROXIES).code, 404)


class SecondTests(StoreCase):
    """What is there besides."""

    def test_visitors(self) -> None:
        """What visitors do: one that runs, and one whose port is taken."""
        visitor = {"type": "stcp", "serverName": "x"}
        self.client(
            visitors=[
                {**visitor, "name": "a", "bindPort": 9000},
                {**visitor, "name": "b", "bindPort": 9000},
            ]
        )
        rows = self.get("/api/v2/visitors").json["data"]
        self.assertEqual([(one["name"], one["status"]) for one in rows], [("a", "running"), ("b", "start error")])
        self.assertIn("9000", rows[1]["err"])
        self.assertEqual(rows[0]["bindAddr"], "127.0.0.1")

    def test_proxies(self) -> None:
        """One list of all."""
        self.client()
        rows = self.get("/api/v2/proxies").json["data"]
        self.assertEqual([(one["name"], one["status"]) for one in rows], [("file", "running")])

    def test_declared(self) -> None:
        """A check and a plugin of the file: what stands there, and headers, which the reference writes in any case."""
        check = {"type": "tcp", "maxFailed": 1}
        plugin = {"type": "http2http", "localAddr": "127.0.0.1:1", "inspect": {}}
        self.client(proxies=[self.entry("a", 6001, healthCheck=check), self.entry("b", 6002, plugin=plugin)])
        found = {one: self.get(f"/api/proxy/{one}/config").json["tcp"] for one in "ab"}
        self.assertEqual(found["a"]["healthCheck"], {**check, "intervalSeconds": 0})
        self.assertEqual(found["b"]["healthCheck"], {"type": "", "intervalSeconds": 0})
        self.assertEqual(found["b"]["plugin"]["requestHeaders"], {})

    def test_check(self) -> None:
        """A configuration is looked at, and nothing changes."""

        def check(content: bytes) -> None:
            if content:
                raise ConfigErrors([ConfigError("a.b", content.decode(), line=3, hint="mend it")])

        self.admin(check=check)
        path = "/api/v2/config/check"
        for content, problems in (
            (b"", []),
            (b"bad", [{"path": "a.b", "problem": "bad", "line": 3, "hint": "mend it"}]),
        ):
            self.assertEqual(self.ask("POST", path, content).json["data"], {"problems": problems})

    def test_schema(self) -> None:
        """The keys of every type, a stranger's as well."""
        self.client()
        found = self.get("/api/v2/schema").json["data"]
        self.assertIn("remotePort", found["proxies"]["tcp"]["properties"])
        self.assertIn("fallbackTo", found["visitors"]["xtcp"]["properties"])
        self.assertIn("localPath", found["plugins"]["static_file"]["properties"])
        self.assertIn("destinationIP", found["visitorPlugins"]["virtual_net"]["properties"])

    def test_events(self) -> None:
        """What becomes of proxies, and of the session."""
        self.client()
        listener = self.network.user(PORT)
        listener.send(b"GET /api/v2/events HTTP/1.1\r\nHost: frp\r\n\r\n")
        self.network.settle()
        self.tell("POST", PROXIES, self.entry("a", 6001))
        self.tell("POST", PROXIES, self.entry("b", 6001))
        self.tell("DELETE", f"{PROXIES}/a")
        for _ in range(2):  # the web server was not there when the first session began
            sessionOf(self.running).close()
            self.network.advance(30)
        self.network.servers[0].stopService()
        self.network.advance(30)
        lines = listener.received.decode().splitlines()
        topics = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        proxies = [one for one in topics if one.startswith("proxy")]
        self.assertEqual(proxies[:3], ["proxy.up", "proxy.error", "proxy.down"])
        self.assertEqual(topics.count("config.changed"), 3)
        self.assertEqual(
            [one for one in topics if one.startswith("server")][:5],
            ["server.in", "server.out", "server.in", "server.out", "server.error"],
        )
