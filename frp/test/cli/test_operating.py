"""Tests of the commands that ask a running frps, and of what C{frpc status} can show besides its table."""

from __future__ import annotations

import json

import click

from frp.cli import operating
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_calls import Answering, CallCase


def page(*items: object, total: int = 0) -> bytes:
    """A page of the second API."""
    return json.dumps({"code": 200, "msg": "success", "data": {"total": total or len(items), "items": items}}).encode()


def nodes(*nodes: object) -> bytes:
    """An answer with these."""
    return json.dumps({"code": 200, "msg": "success", "data": nodes}).encode()


SUMS = {"proxyCount": 1, "curConns": 0, "todayTrafficIn": 2048, "todayTrafficOut": 7}
CLIENT = {
    "key": "me.here",
    "hostname": "box",
    "clientIP": "10.0.0.1",
    "version": "0.70.1",
    "online": True,
    "sums": SUMS,
}
PROXY = {
    "name": "me.a",
    "user": "me",
    "clientID": "here",
    "spec": {"type": "tcp", "tcp": {}},
    "status": {**SUMS, "phase": "online", "curConns": 3},
}
LATER = "  no proxy of this name has been here, but one may come"
DISABLED = "me.wob is disabled\n"
CLIENTS = "/api/v2/clients?sums=true&page={}&pageSize=200"
HEAD = "/api/v2/{}?page={}&pageSize=200"


class OperatingTests(CallCase):
    """C{frps clients} and so on."""

    def asked(self, server: Answering, *words: str, code: int = 0, warned: str = "") -> str:
        """Run a command of frps, which is alone unless it is said otherwise. @return: what it prints."""
        server.bodies.setdefault("/api/v2/nodes", nodes())
        path = self.file(f'webServer.port = {server.server_port}\nwebServer.password = "x"\n')
        return self.run_(frps, *words, "-c", path, code=code, warned=warned)

    def test_clients(self) -> None:
        """A table of all pages."""
        with self.api() as server:
            server.bodies[CLIENTS.format(1)] = page(CLIENT, total=201)
            other = {**CLIENT, "key": "other", "online": False, "disabled": "not you"}
            server.bodies[CLIENTS.format(2)] = page(other, {**CLIENT, "refused": 2}, total=202)
            self.assertEqual(
                self.asked(server, "clients"),
                "Client   Status   Hostname  Address   Version  Wire  In      Out  Refused  Disabled  \n"
                "me.here  online   box       10.0.0.1  0.70.1         2.0 KB  7 B                     \n"
                "other    offline  box       10.0.0.1  0.70.1         2.0 KB  7 B           not you   \n"
                "me.here  online   box       10.0.0.1  0.70.1         2.0 KB  7 B  2                  \n",
            )

    def test_refusals(self) -> None:
        """What clients want and have not, and why."""
        with self.api() as server:
            refused = {"name": "me.a", "type": "tcp", "client": "me.here", "times": 3, "reason": "port already used"}
            server.bodies[HEAD.format("refusals", 1)] = page(refused)
            self.assertEqual(
                self.asked(server, "refusals"),
                "Name  Type  Client   Times  Reason             \nme.a  tcp   me.here  3      port already used  \n",
            )

    def test_proxies(self) -> None:
        """Their clients, how many use them, and why an operator keeps them closed."""
        with self.api() as server:
            used = {**PROXY, "name": "me.c", "status": {**SUMS, "phase": "online", "curConns": 3, "guests": 2}}
            closed = {**PROXY, "name": "me.b", "disabled": "too much", "status": {**SUMS, "phase": "offline"}}
            server.bodies[HEAD.format("proxies", 1)] = page(PROXY, closed, used)
            self.assertEqual(
                self.asked(server, "proxies"),
                "Name  Type  Status   Client   Users  In      Out  Disabled  \n"
                "me.a  tcp   online   me.here  3      2.0 KB  7 B            \n"
                "me.b  tcp   offline  me.here  0      2.0 KB  7 B  too much  \n"
                "me.c  tcp   online   me.here  5      2.0 KB  7 B            \n",
            )

    def test_sort(self) -> None:
        """The server is asked for the order."""
        with self.api() as server:
            for what, query in (("proxies", ""), ("clients", "sums=true&")):
                path = f"/api/v2/{what}?{query}sort=-traffic&page=1&pageSize=200"
                server.bodies[path] = page()
                self.asked(server, what, "--sort", "-traffic")
                self.assertIn(f"GET {path}", [asked for asked, _ in server.asked])

    def test_json(self) -> None:
        """The same for programs."""
        with self.api() as server:
            server.bodies[CLIENTS.format(1)] = page(CLIENT)
            self.assertEqual(json.loads(self.asked(server, "clients", "--json"))[0]["key"], "me.here")

    def test_changes(self) -> None:
        """What is to be done is asked for, whatever stands in the names."""
        with self.api() as server:
            self.assertEqual(
                self.asked(server, "kick", "me.a/b", "--reason", "go away"), "the session of me.a/b has ended\n"
            )
            self.assertEqual(self.asked(server, "disable", "me.a"), "me.a is disabled\n")
            self.assertEqual(self.asked(server, "enable", "me.a"), "me.a is enabled\n")
            self.assertEqual(self.asked(server, "disable", "--client", "me.here"), "me.here is disabled\n")
            self.assertEqual(self.asked(server, "enable", "--client", "me.here"), "me.here is enabled\n")
            self.assertEqual(
                [asked for asked, _ in server.asked if not asked.startswith("GET")],
                [
                    "DELETE /api/v2/clients/me.a%2Fb?reason=go+away",
                    "POST /api/v2/proxies/me.a/disable",
                    "POST /api/v2/proxies/me.a/enable",
                    "POST /api/v2/clients/me.here/disable",
                    "POST /api/v2/clients/me.here/enable",
                ],
            )
            self.assertEqual(server.asked[0][1], "Basic Ong=")

    def test_typo(self) -> None:
        """
        What is disabled, and has never been here, may come, or be a slip; who is to be enabled or kicked must be there.
        """
        missing = json.dumps({"code": 404, "msg": "no such", "data": None}).encode()
        with self.api(missing) as server:
            server.bodies[HEAD.format("proxies", 1)] = page({"name": "me.web"}, {"name": "me.ssh"})
            server.bodies[HEAD.format("clients", 1)] = page(
                {"key": "gone", "online": False}, {"key": "gong", "online": True}
            )
            server.bodies["/api/v2/disabled?what=proxies&page=1&pageSize=200"] = page({"name": "me.db"})
            server.codes = {f"GET /api/v2/{one}": 404 for one in ("proxies/me.wob", "proxies/x", "clients/gon")}
            server.codes |= {"POST /api/v2/proxies/me.dc/enable": 404, "DELETE /api/v2/clients/gony?reason=": 404}
            self.assertEqual(
                self.asked(server, "disable", "me.wob", warned=LATER + "; did you mean me.web?\n"), DISABLED
            )
            self.assertEqual(self.asked(server, "disable", "x", warned=f"{LATER}\n"), "x is disabled\n")
            client = LATER.replace("proxy", "client") + "; did you mean gong or gone?\n"
            self.asked(server, "disable", "--client", "gon", warned=client)
            self.assertEqual(self.asked(server, "enable", "me.dc", code=1), "api status code [404]\n")
            self.assertEqual(self.hints, "  frps says: no such; did you mean me.db?\n")
            self.asked(server, "kick", "gony", code=1)
            self.assertEqual(self.hints, "  frps says: no such; did you mean gong?\n")

    def test_wrong(self) -> None:
        """A server that does not know the name, one that is not there, and no name at all."""
        with self.api(b"no", 404) as server:
            self.assertEqual(self.asked(server, "enable", "me.a", code=1), "api status code [404]\n")
        path = self.file("webServer.port = 1\n")
        self.assertIn("connection refused", self.run_(frps, "clients", "-c", path, code=1))
        path = self.file("")
        self.assertIn("web server port should be set", self.run_(frps, "clients", "-c", path, code=1))
        self.assertEqual(self.hints, f"  set webServer.port in {path}, and start frps again\n")
        self.run_(frps, "clients", code=1)
        self.assertTrue(self.hints.startswith("  no configuration was named, so there is no webServer.port: "))

    def test_cluster(self) -> None:
        """The nodes, and what is not well."""
        here: dict[str, object] = {"name": "a", "address": "10.0.0.1:7100", "link": "here", "clients": 2, "proxies": 7}
        here["drains"] = True
        here["storeAway"] = 12
        there = {"name": "b", "address": "10.0.0.2:7100", "link": "down", "clients": 1, "proxies": 3}
        there["trouble"] = "another cluster.secret"
        with self.api() as server:
            here["notOpen"] = [{"proxy": "x", "why": "the port is taken"}]
            server.bodies["/api/v2/nodes"] = nodes(here, there)
            self.assertEqual(
                self.asked(server, "cluster", warned="proxy x is not open at a: the port is taken\n"),
                "Node  Address        Link  Clients  Proxies  Remark                                            \n"
                "a     10.0.0.1:7100  here  2        7        cluster.store away for 12 s, drains, not open: 1  \n"
                "b     10.0.0.2:7100  down  1        3        another cluster.secret                            \n",
            )
            server.bodies["/api/v2/nodes"] = nodes()
            self.assertEqual(self.asked(server, "cluster"), "this frps runs alone: cluster.store is not set\n")
            self.assertEqual(self.asked(server, "cluster", "--json"), "[]\n")

    def test_oneOfSeveral(self) -> None:
        """Where other nodes have clients of their own, people are told; programs are not, nor is who asks workers."""
        others = "  these are at node a; frps cluster shows how many the others have\n"
        with self.api() as server:
            server.bodies[CLIENTS.format(1)] = server.bodies[HEAD.format("proxies", 1)] = page()
            alone, workers = {"name": "a"}, {"name": "a", "share": {}}
            for here, warned in ((alone, others), (workers, "")):
                server.bodies["/api/v2/nodes"] = nodes(here, {"name": "b"})
                for command in ("clients", "proxies"):
                    self.asked(server, command, warned=warned)
                    self.asked(server, command, "--json")

    def test_reference(self) -> None:
        """Its frps knows no nodes."""
        with self.api() as server:
            server.bodies[HEAD.format("proxies", 1)] = page()
            server.codes["GET /api/v2/nodes"] = 404
            self.asked(server, "proxies")

    def test_drain(self) -> None:
        """It says how many are left, and asks with the time that they have."""
        with self.api() as server:
            server.bodies["/api/v2/drain"] = b'{"code": 200, "msg": "success", "data": {"clients": 4}}'
            said = "no more clients are let in; 4 are still here, and frps ends when they are gone\n"
            waits = "  this command does not wait for that; with --wait it does\n"
            self.assertEqual(self.asked(server, "drain", warned=waits), said)
            server.bodies["/api/v2/drain"] = b'{"code": 200, "msg": "success", "data": {"clients": 4, "again": true}}'
            again = f"  it was said before: only the time is another one now\n{waits}"
            self.assertEqual(self.asked(server, "drain", "--within", "90s", warned=again), said)
            self.assertEqual(len(server.asked), 2)

    def test_drainAndWait(self) -> None:
        """It asks until nobody is there to answer; whoever answers something else is not gone."""
        self.patch(operating, "_LOOK", 0.01)
        with self.api() as server:
            server.bodies["/api/v2/drain"] = b'{"code": 200, "msg": "success", "data": {"clients": 4}}'
            looks = iter([True, True, True, False])
            server.answering = lambda path: path != "/healthz" or next(looks)
            said = self.asked(server, "drain", "--wait")
            self.assertEqual(said.splitlines()[1:], ["frps has ended"])
            self.assertEqual(list(looks), [])
            server.codes["GET /healthz"] = 500
            server.answering = lambda path: True
            self.assertIn("api status code [500]", self.asked(server, "drain", "--wait", code=1))


class StatusTests(CallCase):
    """C{frpc status}."""

    BODY = b'{"tcp":[{"name":"a","status":"running","local_addr":"","plugin":"","remote_addr":"","err":""}]}'

    def status(self, server: Answering, *words: str) -> str:
        """@return: what it prints."""
        return self.run_(frpc, "status", *words, "-c", self.file(f"webServer.port = {server.server_port}\n"))

    def test_json(self) -> None:
        """What the API answers."""
        with self.api(self.BODY) as server:
            self.assertEqual(json.loads(self.status(server, "--json")), json.loads(self.BODY))

    def changing(self, server: Answering, *bodies: bytes) -> None:
        """It has so many different answers, and something happens before each but the first."""
        server.turns["/api/status"] = list(bodies)
        server.bodies["/api/v2/events"] = b": hello\n\n" + b"id: 1\nevent: x\ndata: {}\n\n" * (len(bodies) - 1)

    def test_watch(self) -> None:
        """A line, with the time, for each change, until frpc ends; nothing where all is as before."""
        row = json.loads(self.BODY)["tcp"][0]
        failed = {**row, "status": "start error", "err": "port taken"}
        missed = {**row, "remote_addr": "x:6000", "service_err": "dial", "service_err_at": 1}
        again = {**missed, "service_err_at": 2}
        bodies = [json.dumps({"tcp": rows}).encode() for rows in ([row], [row], [failed], [missed], [again], [])]
        with self.api() as server:
            self.changing(server, *bodies)
            table, lines = self.status(server, "--watch").split("\n\n", 1)[1].split("  \n\n")
        self.assertEqual(table.count("running"), 1)
        told = [line.split(" ", 2) for line in lines.splitlines()]
        self.assertEqual(
            [what for _, _, what in told],
            [
                "tcp a start error: port taken",
                "tcp a running: dial",
                "tcp a gone",
            ],
        )
        for day, time, _ in told:
            self.assertRegex(f"{day} {time}", r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")

    def test_watchTerminal(self) -> None:
        """On a terminal the table stays where it is."""
        cleared: list[None] = []
        self.patch(click, "clear", lambda: cleared.append(None))
        self.onTerminal = True
        with self.api() as server:
            self.changing(server, self.BODY, self.BODY, self.BODY.replace(b"running", b"closed"))
            shown = self.status(server, "--watch")
        self.assertEqual((len(cleared), shown.count("Proxy Status...")), (1, 2))

    def test_addresses(self) -> None:
        """On a terminal I see where users find a proxy; scripts see what frps has answered."""
        row = {**json.loads(self.BODY)["tcp"][0], "remote_addr": "x:6000", "addresses": ["tcp://x:6000", "tcp://y:1"]}
        with self.api(json.dumps({"tcp": [row]}).encode()) as server:
            self.assertIn("  x:6000  ", self.status(server))
            self.onTerminal = True
            self.assertIn("  tcp://x:6000, tcp://y:1  ", self.status(server))

    def test_watchJSON(self) -> None:
        """What the API answers, when it is something else."""
        with self.api() as server:
            self.changing(server, self.BODY, self.BODY, b"{}")
            self.assertEqual(
                self.status(server, "--watch", "--json"), json.dumps(json.loads(self.BODY), indent=2) + "\n{}\n"
            )


class TestTests(CallCase):
    """C{frpc test}."""

    def test_unknown(self) -> None:
        """A slip is met with the names that there are."""
        missing = {"code": 404, "msg": 'no proxy "wob" runs', "data": None}
        with self.api(json.dumps(missing).encode()) as server:
            server.codes = {f"POST /api/v2/proxies/{name}/test": 404 for name in ("wob", "nono")}
            server.bodies["/api/status"] = StatusTests.BODY.replace(b'"a"', b'"web"')
            path = self.file(f"webServer.port = {server.server_port}\n")
            self.assertEqual(self.run_(frpc, "test", "wob", "-c", path, code=1), "api status code [404]\n")
            self.assertEqual(self.hints, '  frpc says: no proxy "wob" runs; did you mean web?\n')
            self.run_(frpc, "test", "nono", "-c", path, code=1)
            self.assertEqual(self.hints, '  frpc says: no proxy "wob" runs; there are: web\n')
            server.bodies["/api/status"] = b"{}"
            self.run_(frpc, "test", "nono", "-c", path, code=1)
            self.assertEqual(self.hints, '  frpc says: no proxy "wob" runs; there are none\n')

    def answer(self, code: int = 0, **said: object) -> str:
        """@return: what is printed where the API says this."""
        body = json.dumps({"code": 200, "msg": "success", "data": {"ok": False, "seconds": 0, "why": "", **said}})
        with self.api(body.encode()) as server:
            path = self.file(f"webServer.port = {server.server_port}\n")
            shown = self.run_(frpc, "test", "a/b", "-c", path, code=code)
        self.assertEqual(server.asked, [("POST /api/v2/proxies/a%2Fb/test", None)])
        return shown

    def test_answers(self) -> None:
        """How long it took."""
        self.assertEqual(self.answer(ok=True, seconds=0.0123), "a/b: its service answers, after 12.3 ms\n")

    def test_silent(self) -> None:
        """Why it does not, which is a failure."""
        self.assertEqual(self.answer(1, why="dial tcp: connection refused"), "a/b: dial tcp: connection refused\n")
