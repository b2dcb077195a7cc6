"""What the web server of the first of two workers shows and does."""

from __future__ import annotations

import json
from typing import Any

from frp.client.service import FRPClient
from frp.server.service import FRPServer
from frp.server.whole.relay import Relay
from frp.test.server.whole.beside import Room
from frp.testing.web import PORT, WebTestCase
from frp.web.dashboard.site import dashboardServer


class WholeTests(WebTestCase):
    """Two workers, of which the first has the web server, and a client with a proxy at each."""

    def setUp(self) -> None:
        super().setUp()
        self.room = Room()
        first = self.worker(1)
        self.serve(dashboardServer(first))
        self.service = self.network.echo()
        self.clients = {"a": self.come("a", 6000)}
        self.second()
        self.clients["b"] = self.come("b", 6001)
        self.network.advance(1)

    def worker(self, number: int) -> FRPServer:
        """Start one; clients come to it from now on."""
        server = self.room.servers[number] = self.network.server(
            bindPort=7000 + number,
            webServer={"port": PORT},
            enablePrometheus=True,
            cluster={"node": f"worker {number}"},
            fellows=self.room.fellows(number),
        )
        return server

    def second(self) -> None:
        """Start it, as a worker is started that has no web server."""
        second = self.worker(2)
        second.moderate()
        second.listen(Relay(second.whole.tell))

    def come(self, name: str, port: int, **settings: Any) -> FRPClient:
        """A client comes to the worker that was started last, with a proxy."""
        proxy = {"name": name, "type": "tcp", "localPort": self.service.port, "remotePort": port}
        return self.network.client(proxies=[proxy], clientID=name, **settings)

    def use(self, port: int, said: bytes) -> None:
        """Somebody is answered."""
        user = self.network.user(port)
        user.send(said)
        self.network.settle()
        self.assertEqual(user.received, said)
        user.close()
        self.network.settle()

    def told(self, path: str) -> Any:
        """@return: what the second API answers."""
        return self.get(f"/api/v2{path}").json["data"]

    def order(self, verb: str, path: str, **body: Any) -> int:
        """@return: the status."""
        return self.ask(verb, f"/api/v2{path}", json.dumps(body).encode()).code

    def metrics(self, name: str) -> list[str]:
        """@return: the lines of a metric."""
        return [line for line in self.get("/metrics").body.decode().splitlines() if line.startswith(name)]

    def stop(self, number: int) -> None:
        """A worker ends."""
        self.room.servers.pop(number).stopService()
        self.network.settle()

    def test_sums(self) -> None:
        """Both APIs and the metrics have the sums, and each its share."""
        self.use(6000, b"one")
        self.use(6001, b"three")
        for status in (self.get("/api/serverinfo").json, self.told("/system/info")["status"]):
            sums = [status[name] for name in ("clientCounts", "totalTrafficIn", "totalTrafficOut", "proxyTypeCount")]
            self.assertEqual(sums, [2, 8, 8, {"tcp": 2}])
        self.assertEqual(self.told("/system/traffic")["history"][-1]["trafficIn"], 8)
        self.assertEqual(self.metrics("frp_server_client_counts"), ["frp_server_client_counts 2"])
        self.assertEqual(
            self.metrics("frp_server_node_traffic_in"),
            ['frp_server_node_traffic_in{node="worker 1"} 3', 'frp_server_node_traffic_in{node="worker 2"} 5'],
        )
        self.assertEqual(len(self.metrics("frp_server_traffic_in{")), 2)

    def test_moved(self) -> None:
        """A proxy whose client has been at both is one, where it is now, with all that it has carried."""
        self.use(6000, b"one")
        self.clients.pop("a").stopService()
        self.network.advance(1)
        self.come("a", 6002)
        self.network.advance(1)
        self.use(6002, b"three")
        shown = self.told("/proxies/a")
        self.assertEqual((shown["node"], shown["status"]["phase"]), ("worker 2", "online"))
        self.assertEqual(shown["status"]["todayTrafficIn"], 8)
        self.assertEqual([one["name"] for one in self.get("/api/proxy/tcp").json["proxies"]], ["a", "b"])
        (client,) = [one for one in self.told("/clients")["items"] if one["key"] == "a"]
        self.assertEqual((client["node"], client["online"]), ("worker 2", True))
        self.assertEqual(self.get("/api/clients/a").json["online"], True)

    def test_forgotten(self) -> None:
        """Those are forgotten that are away at both."""
        self.clients.pop("b").stopService()
        self.network.advance(1)
        self.assertEqual(self.ask("DELETE", "/api/proxies?status=offline").code, 200)
        self.assertEqual([one["name"] for one in self.told("/proxies")["items"]], ["a"])
        self.assertEqual(self.get("/api/traffic/b").code, 404)

    def test_ordered(self) -> None:
        """What is at the other one is reached, and what is not there is said so."""
        self.assertEqual(self.order("POST", "/proxies/b/disable", reason="no"), 200)
        self.network.advance(1)
        self.assertEqual(self.network.user(6001).received, b"")
        self.assertEqual(self.told("/proxies/b")["disabled"], "no")
        self.assertEqual([one["client"] for one in self.told("/disabled?what=proxies")["items"]], ["b"])
        self.assertEqual(self.order("POST", "/proxies/b/enable"), 200)
        self.network.advance(60)
        self.use(6001, b"again")
        self.assertEqual(self.order("DELETE", "/clients/b"), 200)
        self.assertEqual(self.order("DELETE", "/clients/b"), 404)
        self.assertTrue(self.told("/clients/b")["kick"]["at"])
        self.assertEqual(self.order("DELETE", "/clients/nobody"), 404)

    def test_heard(self) -> None:
        """What is refused at the other one is listed, and what happens there is told."""
        self.come("c", 6001)
        self.network.advance(1)
        (refused,) = self.told("/refusals")["items"]
        self.assertEqual((refused["name"], refused["client"]), ("c", "c"))
        self.assertEqual(self.told("/proxies/c?wanted=true")["refused"], refused["reason"])
        self.assertEqual(self.metrics("frp_server_proxies_refused"), ["frp_server_proxies_refused 1"])
        self.assertEqual(self.order("POST", "/clients/b/disable", reason="no"), 200)
        self.network.advance(60)
        (refused,) = self.told("/refusals/logins")["items"]
        self.assertEqual(refused["reason"], "client [b] is disabled by an operator: no")
        topics = [(one["topic"], one["name"]) for one in self.told("/events/latest")["items"]]
        self.assertIn(("proxy.error", "c"), topics)
        self.assertIn(("client.in", "b"), topics)

    def test_hung(self) -> None:
        """One that does not answer is waited for once; it is shown as it was, and the pages say so."""
        self.assertEqual(self.told("/system/info")["status"]["clientCounts"], 2)
        self.told("/proxies")
        self.room.hung.add(2)
        asking = self.begin("GET", "/api/serverinfo")
        self.network.advance(1.9)
        self.assertEqual(asking.received, b"")
        self.network.advance(0.2)
        self.assertEqual(self.reply(asking).json["clientCounts"], 2)
        self.assertEqual(self.told("/proxies/b")["status"]["phase"], "online")
        self.assertEqual(self.logged("worker 2 has not answered within 2 s"), 1)
        self.assertIn("worker 2 does not answer: what is shown is without it, or as it was", self.told("/notices"))
        self.assertEqual(self.order("POST", "/proxies/b/disable"), 200)
        self.room.goOn()
        self.network.advance(1)
        self.assertEqual(self.network.user(6001).received, b"")
        self.assertNotIn("worker 2", str(self.told("/notices")))
        self.assertEqual(self.logged("worker 2 answers again"), 1)

    def test_ended(self) -> None:
        """What was carried at one that has ended stays, also when there is another one in its place."""
        self.use(6001, b"three")
        self.clients.pop("b").stopService()
        self.network.advance(1)
        self.stop(2)
        for again in (False, True):
            status = self.told("/system/info")["status"]
            self.assertEqual((status["totalTrafficIn"], status["clientCounts"]), (5, 1))
            shown = self.told("/proxies/b")
            self.assertEqual((shown["status"]["phase"], shown["status"]["todayTrafficIn"]), ("offline", 5))
            self.assertEqual([one["online"] for one in self.told("/clients")["items"]], [True, False])
            if not again:
                self.second()

    def test_killed(self) -> None:
        """The same holds for what is known of one that is gone without a word: it is away."""
        self.use(6001, b"three")
        for path in ("/system/info", "/proxies", "/clients"):
            self.told(path)
        gone = self.room.servers.pop(2)
        status = self.told("/system/info")["status"]
        self.assertEqual(
            (status["totalTrafficIn"], status["clientCounts"], status["proxyTypeCount"]), (5, 1, {"tcp": 1})
        )
        self.assertEqual([one["status"]["phase"] for one in self.told("/proxies")["items"]], ["online", "offline"])
        self.assertEqual([one["online"] for one in self.told("/clients")["items"]], [True, False])
        self.room.servers[2] = gone
        self.assertEqual([one["status"]["phase"] for one in self.told("/proxies")["items"]], ["online", "online"])
