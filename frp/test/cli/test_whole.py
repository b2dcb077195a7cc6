"""One frps that is several processes, looked at and ordered as one."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from twisted.internet.task import deferLater

from frp.client.service import FRPClient
from frp.test.cli.test_workers import WorkersTestCase, _Frps
from frp.testing.live import Peer, freePort


class WholeTests(WorkersTestCase):
    """The web server is the first worker's; what it shows is of both."""

    timeout = 120  # one of them starts eight processes

    async def api(self, frps: _Frps, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """@return: the status, and what the body says."""
        said = json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        asking = await self.user(frps.pages, Peer(head.encode() + said))
        await asking.ended
        head, _, answer = asking.received.decode().partition("\r\n\r\n")
        return int(head.split()[1]), json.loads(answer) if answer[:1] in ("{", "[") else answer

    async def told(self, frps: _Frps, path: str) -> Any:
        """@return: what the second API answers."""
        status, answer = await self.api(frps, "GET", f"/api/v2{path}")
        self.assertEqual(status, 200, answer)
        return answer["data"]

    async def metric(self, frps: _Frps, name: str) -> int:
        """@return: the value of a metric, with its labels."""
        _, text = await self.api(frps, "GET", "/metrics")
        (value,) = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")]
        return int(value)

    async def both(self, settings: str = "") -> tuple[_Frps, list[FRPClient]]:
        """@return: one that serves, and a client at each worker, C{a} and C{b}, whose proxy has its name."""
        frps = await self.frps(f"enablePrometheus = true\n{settings}")
        clients = []
        for place, name in enumerate("ab"):
            table = {"name": name, "type": "tcp", "localPort": self.named(name), "remotePort": freePort()}
            clients.append(await self.at(frps, place, table, clientID=name))
        while len((await self.told(frps, "/proxies?status=online"))["items"]) < 2:
            await deferLater(self.reactor, 0.02)
        return frps, clients

    async def test_shown(self) -> None:
        """Sums, lists and metrics are those of both, each with its share."""
        frps, clients = await self.both()
        for client, name in zip(clients, "ab", strict=True):
            self.assertEqual(await self.ask(self.port(client, name)), name.encode())
        while (await self.metric(frps, 'frp_server_node_traffic_out{node="worker 2"}')) < 1:
            await deferLater(self.reactor, 0.02)
        _, server = await self.api(frps, "GET", "/api/serverinfo")
        self.assertEqual((server["clientCounts"], server["proxyTypeCount"]), (2, {"tcp": 2}))
        self.assertEqual((server["totalTrafficIn"], server["totalTrafficOut"]), (2, 2))
        _, proxies = await self.api(frps, "GET", "/api/proxy/tcp")
        self.assertEqual([one["name"] for one in proxies["proxies"]], ["a", "b"])
        _, proxy = await self.api(frps, "GET", "/api/proxies/b")
        self.assertEqual((proxy["status"], proxy["todayTrafficIn"]), ("online", 1))
        self.assertNotIn("node", proxy)
        _, traffic = await self.api(frps, "GET", "/api/traffic/b")
        self.assertEqual(traffic["trafficOut"], [1] + [0] * 6)
        page = await self.told(frps, "/proxies?sort=-name&pageSize=1")
        self.assertEqual((page["total"], [one["name"] for one in page["items"]]), (2, ["b"]))
        self.assertEqual((await self.told(frps, "/proxies/b"))["node"], "worker 2")
        listed = (await self.told(frps, "/clients"))["items"]
        self.assertEqual([(one["key"], one["node"]) for one in listed], [("a", "worker 1"), ("b", "worker 2")])
        self.assertEqual((await self.told(frps, "/clients/b"))["status"]["proxyCount"], 1)
        self.assertEqual(await self.metric(frps, "frp_server_client_counts"), 2)
        self.assertEqual(await self.metric(frps, 'frp_server_traffic_in{name="b",type="tcp"}'), 1)
        self.assertEqual(await self.metric(frps, 'frp_server_node_clients{node="worker 2"}'), 1)
        happened = {(one["topic"], one["name"]) for one in (await self.told(frps, "/events/latest"))["items"]}
        self.assertLessEqual({("client.in", "a"), ("client.in", "b"), ("proxy.up", "b")}, happened)
        self.assertNotIn("and no others", frps.said.text)

    async def test_mirrored(self) -> None:
        """A proxy whose users come in at both workers has the traffic of all of them."""
        http = freePort()
        frps = await self.frps(f"vhostHTTPPort = {http}\nenablePrometheus = true")
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        site = self.service(lambda: Peer(answer))
        table = {"name": "a", "type": "http", "localPort": site, "customDomains": ["a.example"]}
        await self.at(frps, 1, table)
        request = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
        shares: list[int] = []
        users = 0
        while users < 12 or not all(shares):
            while not (await self.ask(http, request)).endswith(b"hi"):  # the other one has not heard of it yet
                await deferLater(self.reactor, 0.02)
            users += 1
            shares = [one["share"]["todayTrafficIn"] for one in await self.told(frps, "/nodes")]
        while (proxy := (await self.api(frps, "GET", "/api/proxies/a"))[1])["curConns"]:
            await deferLater(self.reactor, 0.02)
        _, server = await self.api(frps, "GET", "/api/serverinfo")
        self.assertEqual(proxy["todayTrafficIn"], server["totalTrafficIn"])
        self.assertEqual(proxy["todayTrafficIn"] % users, 0)
        self.assertGreater(proxy["todayTrafficIn"], max(shares))
        self.assertEqual((await self.told(frps, "/proxies"))["total"], 1)

    async def test_ordered(self) -> None:
        """Whoever is at the other worker is reached; one that is started later keeps to what was ordered."""
        frps, _ = await self.both()
        status, _ = await self.api(frps, "DELETE", "/api/v2/clients/b?reason=go")
        self.assertEqual(status, 200)
        await self.lines.wait("an operator has ended this session: go")
        self.assertEqual((await self.told(frps, "/clients/b"))["kick"]["reason"], "go")
        status, _ = await self.api(frps, "DELETE", "/api/v2/clients/b")
        self.assertEqual(status, 404)
        status, _ = await self.api(frps, "POST", "/api/v2/clients/b/disable", reason="no more")
        self.assertEqual(status, 200)
        status, _ = await self.api(frps, "POST", "/api/v2/proxies/a/disable", reason="closed")
        self.assertEqual(status, 200)
        self.assertEqual((await self.told(frps, "/proxies/a"))["disabled"], "closed")
        for process in frps.workers:
            os.kill(process, signal.SIGKILL)
        await frps.said.wait("worker 1 (process ", 3)
        await frps.said.wait("worker 2 (process ", 3)
        await self.lines.wait("client [b] is disabled by an operator: no more")
        await self.lines.wait("proxy [a] is disabled by an operator: closed", 2)
        self.assertEqual([one["name"] for one in (await self.told(frps, "/disabled?what=clients"))["items"]], ["b"])
        status, _ = await self.api(frps, "POST", "/api/v2/clients/b/enable")
        self.assertEqual(status, 200)

    async def test_kept(self) -> None:
        """C{statsFile} has what was carried at either, once: also when workers are started again one by one."""
        path = os.path.abspath(self.mktemp())
        frps, clients = await self.both(f'statsFile = "{path}"')
        for client, name in zip(clients, "ab", strict=True):
            self.assertEqual(await self.ask(self.port(client, name)), name.encode())
            await client.stopService()
        while (await self.api(frps, "GET", "/api/serverinfo"))[1]["totalTrafficOut"] < 2:
            await deferLater(self.reactor, 0.02)
        for number in (2, 1):
            process = frps.workers[number - 1]
            os.kill(process, signal.SIGTERM)
            await frps.said.wait(f"worker {number} (process {process}) has ended in good order")
            await frps.said.wait(f"worker {number} (process ", 3)
            await self.until(lambda number=number, process=process: frps.workers[number - 1] != process)
            _, server = await self.api(frps, "GET", "/api/serverinfo")
            self.assertEqual((server["totalTrafficIn"], server["totalTrafficOut"]), (2, 2))
            shown = (await self.told(frps, "/proxies"))["items"]
            self.assertEqual([one["status"]["todayTrafficOut"] for one in shown], [1, 1])
        frps.send(signal.SIGTERM)
        self.assertEqual(await frps.ended, 0)
        again = await self.frps(f'statsFile = "{path}"')
        _, server = await self.api(again, "GET", "/api/serverinfo")
        self.assertEqual((server["totalTrafficIn"], server["totalTrafficOut"]), (2, 2))
        self.assertEqual([one["key"] for one in (await self.told(again, "/clients"))["items"]], ["a", "b"])

    async def test_silent(self) -> None:
        """A worker that does not answer is waited for once, and for a while; the log says so, once."""
        frps, _ = await self.both()
        second = frps.workers[1]
        os.kill(second, signal.SIGSTOP)
        self.addCleanup(os.kill, second, signal.SIGCONT)
        for _ in range(2):
            self.assertEqual((await self.api(frps, "GET", "/api/serverinfo"))[0], 200)
        await frps.said.wait("worker 2 has not answered within 2 s")
        self.assertEqual((await self.told(frps, "/proxies/a"))["status"]["phase"], "online")
        self.assertEqual(frps.said.text.count("has not answered"), 1)
        os.kill(second, signal.SIGCONT)
        await frps.said.wait("worker 2 answers again")
        self.assertEqual((await self.api(frps, "GET", "/api/serverinfo"))[1]["clientCounts"], 2)
