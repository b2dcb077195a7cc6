"""Tests of the API of frpc."""

from __future__ import annotations

import os
from typing import Any

from frp.config.client import ClientConfig
from frp.config.clientfile import loadClient
from frp.config.load import Loaded
from frp.kinds import Registry
from frp.testing.web import PORT, WebTestCase

_registry = Registry()

ONE: dict[str, Any] = {"name": "b", "type": "tcp", "localPort": 22, "remotePort": 6000}
TWO: dict[str, Any] = {"name": "a", "type": "tcp", "localPort": 80, "localIP": "::1", "remotePort": 6001}
VISITOR: dict[str, Any] = {"name": "v", "type": "stcp", "serverName": "s", "bindPort": 6003}
FILE = """
[[proxies]]
name = "{}"
type = "tcp"
localPort = 22
remotePort = 6002
"""


class StatusTests(WebTestCase):
    """What the proxies do."""

    def test_running(self) -> None:
        """Each proxy by its type and name, with the address where it is found."""
        self.network.server()
        self.admin(proxies=[ONE, TWO], user="me", serverAddr="127.0.0.1")
        shown = {"type": "tcp", "status": "running", "err": "", "plugin": ""}
        first = {
            "name": "a",
            **shown,
            "local_addr": "[::1]:80",
            "remote_addr": "127.0.0.1:6001",
            "addresses": ["tcp://127.0.0.1:6001"],
        }
        second = {
            "name": "b",
            **shown,
            "local_addr": "127.0.0.1:22",
            "remote_addr": "127.0.0.1:6000",
            "addresses": ["tcp://127.0.0.1:6000"],
        }
        self.assertEqual(self.get("/api/status").json, {"tcp": [first, second]})

    def test_wide(self) -> None:
        """An address of IPv6 stands in brackets before its port."""
        self.network.server()
        self.admin(proxies=[ONE], serverAddr="::1")
        self.assertEqual(self.get("/api/status").json["tcp"][0]["remote_addr"], "[::1]:6000")

    def test_waiting(self) -> None:
        """A proxy whose service is not well has the address of the server, as in the reference, which is no address."""
        self.network.server()
        check = {"healthCheck": {"type": "tcp", "intervalSeconds": 5, "maxFailed": 2}}
        self.admin(proxies=[{**ONE, **check}], serverAddr="127.0.0.1")
        (shown,) = self.get("/api/status").json["tcp"]
        self.assertEqual((shown["status"], shown["err"], shown["remote_addr"]), ("new", "", "127.0.0.1"))
        (shown,) = self.get("/api/v2/proxies").json["data"]
        self.assertEqual(shown["remote_addr"], "")
        self.network.advance(6)
        (shown,) = self.get("/api/status").json["tcp"]
        away = "dial tcp 127.0.0.1:22: connect: connection refused"
        self.assertEqual((shown["status"], shown["err"], shown["remote_addr"]), ("new", away, ""))

    def test_refused(self) -> None:
        """A proxy that frps refuses says why, and has no address."""
        self.network.server(allowPorts=[{"single": 6001}])
        self.admin(proxies=[ONE])
        (shown,) = self.get("/api/status").json["tcp"]
        self.assertEqual((shown["status"], shown["err"]), ("start error", "port not allowed"))
        self.assertEqual(shown["remote_addr"], "")

    def test_visitors(self) -> None:
        """Visitors are not shown, as in the reference."""
        self.network.server()
        self.admin(visitors=[VISITOR])
        self.assertEqual(self.get("/api/status").json, {})

    def test_servers(self) -> None:
        """Each of several servers has a row for each proxy, which names it and has its address."""
        for port, allowed in ((7001, 6001), (7002, 6002)):
            self.network.server(bindPort=port, allowPorts=[{"single": allowed}])
        servers = [{"name": "east", "addr": "127.0.0.1", "port": 7001}, {"addr": "::1", "port": 7002}]
        self.admin(proxies=[{**ONE, "remotePort": 6001}], servers=servers, serverMode="all")
        rows = self.get("/api/status").json["tcp"]
        shown = [(row["server"], row["status"], row["err"], row["remote_addr"]) for row in rows]
        east = ("east", "running", "", "127.0.0.1:6001")
        self.assertEqual(shown, [east, ("[::1]:7002", "start error", "port not allowed", "")])

    def test_ways(self) -> None:
        """How it stands with each server, and what was wrong with it."""
        self.network.server(bindPort=7002)
        servers = [{"name": f"s{port}", "addr": "127.0.0.1", "port": port} for port in (7001, 7002, 7003)]
        self.admin(servers=servers)
        rows = self.get("/api/servers").json
        self.assertEqual([row["status"] for row in rows], ["idle", "connected", "idle"])
        refused = "dial tcp 127.0.0.1:7001: connect: connection refused"
        self.assertEqual(rows[0], {"name": "s7001", "addr": "127.0.0.1:7001", "status": "idle", "err": refused})

    def test_away(self) -> None:
        """Why there is no session; also where there is but one server."""
        self.admin(loginFailExit=False, serverAddr="127.0.0.1", serverPort=7001)
        why = "dial tcp 127.0.0.1:7001: connect: connection refused"
        shown = {"name": "", "addr": "127.0.0.1:7001", "status": "waiting", "err": why}
        self.assertEqual(self.get("/api/servers").json, [shown])

    def test_offline(self) -> None:
        """Without a session there is nothing to say, as in the reference; the second API has all that wait for one."""
        self.admin(proxies=[ONE], loginFailExit=False)
        self.assertEqual(self.get("/api/status").body, b"{}\n")
        (shown,) = self.get("/api/v2/proxies").json["data"]
        self.assertEqual((shown["name"], shown["status"], shown["local_addr"]), ("b", "new", "127.0.0.1:22"))
        self.assertFalse(self.ask("POST", "/api/v2/proxies/b/test", b"{}").json["data"]["ok"])
        self.assertEqual(self.ask("POST", "/api/v2/proxies/a/test", b"{}").code, 404)
        self.network.server()
        self.network.advance(10)
        (shown,) = self.get("/api/v2/proxies").json["data"]
        self.assertEqual(shown["status"], "running")

    def test_idle(self) -> None:
        """The second API tells those that are wanted all the same, once; they are new until there is a session."""
        self.admin(proxies=[ONE], loginFailExit=False)
        (shown,) = self.get("/api/v2/proxies").json["data"]
        self.assertEqual((shown["name"], shown["status"], shown["local_addr"]), ("b", "new", "127.0.0.1:22"))
        self.network.server()
        self.network.advance(30)
        (shown,) = self.get("/api/v2/proxies").json["data"]
        self.assertEqual((shown["name"], shown["status"]), ("b", "running"))


class FileTests(WebTestCase):
    """The configuration file."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.mktemp()
        self.network.server()
        self.admin(self.path, self.load, proxies=[ONE])

    def load(self, strict: bool) -> Loaded[ClientConfig]:
        """As the command does."""
        return loadClient(self.path, registry=_registry, strict=strict, environ={})

    def write(self, content: str) -> None:
        """Change the file behind the API's back."""
        with open(self.path, "w") as file:
            file.write(content)

    def names(self) -> list[str]:
        """The proxies that are there."""
        return [shown["name"] for shown in self.get("/api/status").json.get("tcp", [])]

    def test_reload(self) -> None:
        """What the file says now takes the place of what runs."""
        self.write(FILE.format("new"))
        reply = self.get("/api/reload")
        self.assertEqual((reply.code, reply.body), (200, b""))
        self.network.settle()
        self.assertEqual(self.names(), ["new"])
        self.assertIsNotNone(self.network.user(6000).refused)

    def test_reloadVisitors(self) -> None:
        """The visitors of the file take the place of those that run, too."""
        entry = "[[visitors]]\nname = '{}'\ntype = 'stcp'\nserverName = 's'\nbindPort = {}\n".format
        for text, ports in (
            (entry("v", 6003) + entry("w", 6004), {6003, 6004}),
            (entry("w", 6004), {6004}),
            ("", set()),
        ):
            self.write(FILE.format("new") + text)
            self.assertEqual(self.get("/api/reload").code, 200)
            self.network.settle()
            self.assertEqual({6003, 6004} & set(self.network.reactor.ports), ports)

    def test_strict(self) -> None:
        """Unknown keys are errors for those who ask for it."""
        self.write("foo = 1\n" + FILE.format("new"))
        for query, code in (("?strictConfig=true", 400), ("?strictConfig=x", 200), ("", 200)):
            self.assertEqual(self.get(f"/api/reload{query}").code, code)

    def test_invalid(self) -> None:
        """A file that cannot be used changes nothing; the answer says what is wrong, and where."""
        self.write(FILE.format(""))
        reply = self.get("/api/reload")
        text = "proxy : name should not be empty"
        problem = {"path": "proxies[0].name", "problem": text, "line": 3, "hint": ""}
        self.assertEqual(
            (reply.code, reply.json), (400, {"Code": 400, "Msg": f"invalid argument: {text}", "problems": [problem]})
        )
        self.assertEqual(self.names(), ["b"])
        self.assertEqual(self.logged(f"error: invalid argument: {text} (line 3, proxies[0].name)\n"), 1)

    def test_unread(self) -> None:
        """Nor does one that names a file that cannot be read; the answer names each, with its key."""
        files = 'crtPath = "/no.c"\nkeyPath = "/no.k"\n'
        plugin = f'[proxies.plugin]\ntype = "https2http"\nlocalAddr = "a:1"\n{files}'
        left = FILE.format("out") + "enabled = false\n"
        web = FILE.format("b").replace("tcp", "https").replace("remotePort = 6002", 'subdomain = "s"')
        self.write(f"{left}{web}{plugin}")
        for method, path in ("GET", "/api/reload"), ("POST", "/api/v2/config/reload"):
            reply = self.ask(method, path)
            self.assertEqual(reply.code, 400)
            told = {one["path"]: one["hint"] for one in reply.json["problems"]}
            self.assertEqual(list(told), ["proxies[1].plugin.crtPath", "proxies[1].plugin.keyPath"])
            self.assertIn("there is no /no.c: put it there", told["proxies[1].plugin.crtPath"])
        self.assertEqual(self.names(), ["b"])
        self.assertIsNone(self.network.user(6000).refused)

    def test_odd(self) -> None:
        """What is odd about it is in the log."""
        self.write("start = ['new', 'nwe']\n" + FILE.format("new"))
        self.assertEqual(self.get("/api/reload").code, 200)
        said = "start: no proxy and no visitor has the name 'nwe': did you mean 'new'?\n"
        self.assertEqual(self.logged(said), 1)

    def test_gone(self) -> None:
        """A file that is not there is an error that names it."""
        for path in ("/api/reload", "/api/config"):
            text = f"invalid argument: open {self.path}: no such file or directory"
            self.assertEqual(self.get(path).json["Msg"], text)

    def test_write(self) -> None:
        """The file is written as it comes, for us alone, and read back; it need not make sense."""
        reply = self.ask("PUT", "/api/config", "x = \u00e9 {{".encode())
        self.assertEqual((reply.code, reply.body), (200, b""))
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)
        reply = self.get("/api/config")
        self.assertEqual(
            (reply.body.decode(), reply.header("Content-Type")), ("x = \u00e9 {{", "text/plain; charset=utf-8")
        )

    def test_ifMatch(self) -> None:
        """Who says what the file has to be still does not write over what others have made of it."""
        self.write("mine")
        tag = self.get("/api/config").header("ETag")
        self.write("theirs")
        for wanted, code, content in ((tag, 412, b"theirs"), ('"x", *', 200, b"new"), (None, 200, b"new")):
            more = [] if wanted is None else [f"If-Match: {wanted}"]
            reply = self.reply(self.begin("PUT", "/api/config", b"new", more=more))
            self.assertEqual((reply.code, self.get("/api/config").body), (code, content), wanted)
        tag = self.get("/api/config").header("ETag")
        reply = self.reply(self.begin("PUT", "/api/config", b"newer", more=[f"If-Match: {tag}"]))
        self.assertEqual((reply.code, self.get("/api/config").body), (200, b"newer"))

    def test_waiting(self) -> None:
        """The second API's reload takes the same, and tells what is new, and the keys that wait for the next start."""
        self.write('user = "me"\nlog.level = "warn"\n' + FILE.format("new"))
        reply = self.ask("POST", "/api/v2/config/reload?strictConfig=true")
        found = reply.json["data"]
        self.assertEqual(found["proxies"], {"added": ["new"], "changed": [], "removed": ["b"]})
        self.assertEqual(found["visitors"], {"added": [], "changed": [], "removed": []})
        waiting = found["waiting"]
        self.assertIn("user", waiting)
        self.assertIn("log.level", waiting)
        self.assertNotIn("proxies", waiting)
        self.network.settle()
        self.assertEqual(self.names(), ["new"])

    def test_warnings(self) -> None:
        """It tells what is odd, as the log does."""
        self.write('start = ["nobody"]\n')
        said = "start: no proxy and no visitor has the name 'nobody'"
        self.assertEqual(self.ask("POST", "/api/v2/config/reload").json["data"]["warnings"], [said])
        self.assertEqual(self.logged(f"{said}\n"), 1)

    def test_notWaiting(self) -> None:
        """A file that cannot be used is refused there with its problems."""
        self.write(FILE.format(""))
        reply = self.ask("POST", "/api/v2/config/reload")
        self.assertEqual((reply.code, reply.json["problems"][0]["line"]), (400, 3))

    def test_empty(self) -> None:
        """Nobody empties the file by mistake."""
        self.write("a")
        reply = self.ask("PUT", "/api/config")
        self.assertEqual((reply.code, reply.json["Msg"]), (400, "body can't be empty"))
        self.assertEqual(self.get("/api/config").body, b"a")

    def test_notWritten(self) -> None:
        """A file that cannot be written is an error that names it."""
        os.mkdir(self.path)
        reply = self.ask("PUT", "/api/config", b"a")
        self.assertEqual((reply.code, reply.json["Msg"]), (500, f"open {self.path}: is a directory"))


class LifeTests(WebTestCase):
    """Without a file, and the end."""

    def test_noFile(self) -> None:
        """A client that was started by flags has no file."""
        self.network.server()
        self.admin()
        text = "invalid argument: frpc has no config file path"
        for method, path in (("GET", "/api/reload"), ("GET", "/api/config"), ("PUT", "/api/config")):
            reply = self.ask(method, path, b"x" if method == "PUT" else b"")
            self.assertEqual((reply.code, reply.json), (400, {"Code": 400, "Msg": text}))
        self.assertEqual(self.ask("POST", "/api/v2/config/reload").json["msg"], text)

    def test_stop(self) -> None:
        """A stop is answered; then the client ends, and its proxies with it."""
        self.network.server()
        self.admin(proxies=[ONE])
        reply = self.ask("POST", "/api/stop", port=PORT)
        self.assertEqual((reply.code, reply.body), (200, b""))
        (client,) = self.network.clients
        self.assertFalse(client.ended.called)
        self.network.advance(1)
        self.assertTrue(client.ended.called)
        self.assertIsNotNone(self.network.user(6000).refused)


class MetricsTests(WebTestCase):
    """C{/metrics} of frpc."""

    def test_metrics(self) -> None:
        """The session, proxies by what they do, and the numbers of the process."""
        self.network.server()
        service = self.network.echo()
        proxies = [
            {"name": name, "type": "tcp", "localPort": service.port, "remotePort": 6000} for name in ("one", "other")
        ]
        self.admin(proxies=proxies, enablePrometheus=True)
        self.network.advance(1)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        lines = self.get("/metrics").body.decode().splitlines()
        for line in (
            'frp_client_up{server="0.0.0.0:7000"} 1',
            'frp_client_proxies{status="running"} 1',
            'frp_client_proxies{status="start error"} 1',
            'frp_client_proxy_up{name="one",server="",type="tcp"} 1',
            'frp_client_proxy_up{name="other",server="",type="tcp"} 0',
            "frp_client_connections 1",
        ):
            self.assertIn(line, lines)

    def test_off(self) -> None:
        """Only where it is asked for."""
        self.network.server()
        self.admin()
        self.assertEqual(self.get("/metrics").code, 404)
