"""Tests of the API of frps."""

from __future__ import annotations

import time
from typing import Any

from frp.errors import Refused
from frp.interfaces.operations import LOGIN
from frp.test.hooks.recording import Recording, called
from frp.testing.web import WebTestCase


class DashboardTests(WebTestCase):
    """A server, a client with one proxy, and somebody who looks."""

    def start(self, **settings: Any) -> None:
        """Start all of them."""
        self.dashboard(enablePrometheus=True)
        self.echo = self.network.echo()
        self.proxy = {"name": "a", "type": "tcp", "localPort": self.echo.port, "remotePort": 6000, **settings}
        self.client = self.network.client(proxies=[self.proxy], user="me", clientID="here")

    def use(self) -> None:
        """Somebody sends five bytes to the proxy, gets them back, and leaves."""
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")
        user.close()
        self.network.settle()

    def leave(self) -> None:
        """The client goes."""
        self.client.stopService()
        self.network.advance(1)

    def metric(self, line: str) -> None:
        """Whether there is such a line among the metrics."""
        lines = self.get("/metrics").body.decode().splitlines()
        self.assertIn(line, lines)

    def shown(self) -> dict[str, Any]:
        """The proxy."""
        found: dict[str, Any] = self.get("/api/proxy/tcp/me.a").json
        return found


class MetricsTests(DashboardTests):
    """C{/metrics}."""

    def test_counts(self) -> None:
        """Clients and proxies are counted under the reference's names; a type that was there once stays, with 0."""
        self.start()
        self.metric("frp_server_client_counts 1")
        self.metric('frp_server_proxy_counts{type="tcp"} 1')
        self.metric('frp_server_proxy_counts_detailed{name="me.a",type="tcp"} 1')
        self.leave()
        self.metric("frp_server_client_counts 0")
        self.metric('frp_server_proxy_counts{type="tcp"} 0')

    def test_traffic(self) -> None:
        """Bytes are those of the user, whatever the tunnel makes of them; they count when the connection ends."""
        for transport in ({}, {"useEncryption": True, "useCompression": True}):
            self.start(transport=transport)
            user = self.network.user(6000)
            user.send(b"hello")
            self.network.settle()
            self.metric('frp_server_connection_counts{name="me.a",type="tcp"} 1')
            self.assertNotIn(b"frp_server_traffic_in", self.get("/metrics").body)
            user.close()
            self.network.settle()
            self.metric('frp_server_connection_counts{name="me.a",type="tcp"} 0')
            self.metric('frp_server_traffic_in{name="me.a",type="tcp"} 5')
            self.metric('frp_server_traffic_out{name="me.a",type="tcp"} 5')
            self.doCleanups()
            self.tearDown()
            self.setUp()

    def test_withoutTcpMux(self) -> None:
        """Bytes are counted where each stream is a connection of its own, too."""
        self.dashboard(enablePrometheus=True, transport={"tcpMux": False})
        port = self.network.echo().port
        proxy = {"name": "a", "type": "tcp", "localPort": port, "remotePort": 6000}
        self.network.client(proxies=[proxy], transport={"tcpMux": False})
        self.use()
        self.metric('frp_server_traffic_in{name="a",type="tcp"} 5')

    def test_type(self) -> None:
        """It is the text format of Prometheus, with the process's own numbers."""
        self.start()
        reply = self.get("/metrics")
        self.assertEqual(reply.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8; escaping=values")
        self.assertIn(b"\n# TYPE process_resident_memory_bytes gauge\n", reply.body)

    def test_hooks(self) -> None:
        """What hooks have done is counted by their names, those of one name together; without hooks there is none."""
        self.start()
        self.assertNotIn(b"frp_server_hook", self.get("/metrics").body)
        server = self.network.servers[-1]
        server.hooks.add(Recording(called(Refused("no")), [LOGIN], "users"))
        server.hooks.add(Recording(None, [LOGIN], "users"))
        self.network.client(loginFailExit=True)
        self.metric('frp_server_hook_calls_total{hook="users"} 1')
        self.metric('frp_server_hook_refusals_total{hook="users"} 1')
        self.metric('frp_server_hook_timeouts_total{hook="users"} 0')

    def test_off(self) -> None:
        """Without enablePrometheus there is no such page."""
        self.dashboard()
        self.assertEqual(self.get("/metrics").code, 404)


class ReadyTests(DashboardTests):
    """C{/readyz}."""

    def test_drained(self) -> None:
        """Whoever is being left lives, and takes no clients; nobody needs a password to know."""
        self.start()
        self.network.user(6000)
        self.network.settle()
        self.assertEqual([self.get(path, "").code for path in ("/healthz", "/readyz")], [200, 200])
        self.assertEqual(self.ask("POST", "/api/v2/drain", b'{"seconds": 60}').code, 200)
        self.assertEqual([self.get(path, "").code for path in ("/healthz", "/readyz")], [200, 503])
        self.assertEqual([line for line in self.log if "[W]" in line and "/readyz" in line], [])


class ProxyTests(DashboardTests):
    """Proxies, there and gone."""

    def test_online(self) -> None:
        """A proxy that is there, with its configuration as far as frps knows it."""
        self.start(annotations={"k": "v"}, transport={"useEncryption": True, "bandwidthLimit": "1MB"})
        self.use()
        began = time.strftime("%m-%d %H:%M:%S", time.localtime(self.network.reactor.seconds()))
        self.assertEqual(
            self.shown(),
            {
                "name": "me.a",
                "conf": {
                    "name": "me.a",
                    "type": "tcp",
                    "annotations": {"k": "v"},
                    "transport": {"useEncryption": True, "bandwidthLimit": "1MB", "bandwidthLimitMode": "client"},
                    "loadBalancer": {"group": ""},
                    "healthCheck": {"type": "", "intervalSeconds": 0},
                    "localIP": "127.0.0.1",
                    "plugin": None,
                    "remotePort": 6000,
                },
                "user": "me",
                "clientID": "here",
                "todayTrafficIn": 5,
                "todayTrafficOut": 5,
                "curConns": 0,
                "lastStartTime": began,
                "lastCloseTime": "",
                "status": "online",
            },
        )
        self.assertEqual(self.get("/api/proxies/me.a").json, self.shown())
        self.assertEqual(self.get("/api/proxy/tcp").json, {"proxies": [self.shown()]})

    def test_nameless(self) -> None:
        """The proxies of a client that gives itself no id are shown with the id of its run."""
        self.start()
        other = {**self.proxy, "name": "b", "remotePort": 6001}
        session = self.network.client(proxies=[other], user="me").session
        assert session is not None
        self.assertEqual(self.get("/api/proxy/tcp/me.b").json["clientID"], session.runId)

    def test_offline(self) -> None:
        """A proxy that is gone is remembered, with what it carried."""
        self.start()
        self.use()
        self.leave()
        shown = self.shown()
        self.assertEqual((shown["status"], shown["conf"], shown["todayTrafficIn"]), ("offline", None, 5))
        self.assertNotEqual(shown["lastCloseTime"], "")

    def test_back(self) -> None:
        """A proxy that comes back goes on counting where it was."""
        self.start()
        self.use()
        self.client.update([])
        self.network.settle()
        self.client.update(self.network.proxies(self.proxy))
        self.network.settle()
        self.use()
        self.assertEqual((self.shown()["todayTrafficIn"], self.shown()["status"]), (10, "online"))

    def test_changed(self) -> None:
        """What is said of its configuration is that of now."""
        self.start()
        first = self.shown()["conf"]
        self.assertEqual(self.shown()["conf"], first)
        self.client.update(self.network.proxies({**self.proxy, "metadatas": {"a": "<b>"}}))
        self.network.settle()
        self.assertEqual(self.shown()["conf"], {**first, "metadatas": {"a": "<b>"}})
        self.client.update([])
        self.network.settle()
        self.assertIsNone(self.shown()["conf"])

    def test_unknown(self) -> None:
        """A proxy that never was is not found, also under another's type; an unknown type has no proxies."""
        self.start()
        for path in ("/api/proxy/tcp/x", "/api/proxy/udp/me.a", "/api/proxies/x", "/api/traffic/x"):
            reply = self.get(path)
            self.assertEqual((reply.code, reply.json), (404, {"Code": 404, "Msg": "no proxy info found"}))
        self.assertEqual(self.get("/api/proxy/x").json, {"proxies": []})

    def test_traffic(self) -> None:
        """The bytes of seven days, today first."""
        self.start()
        self.use()
        self.network.advance(24 * 3600)
        self.use()
        days = [5, 5, 0, 0, 0, 0, 0]
        self.assertEqual(self.get("/api/traffic/me.a").json, {"name": "me.a", "trafficIn": days, "trafficOut": days})

    def test_forget(self) -> None:
        """What is offline can be forgotten; what is there stays."""
        self.start()
        self.assertEqual(self.ask("DELETE", "/api/proxies?status=offline").json, {"Code": 200, "Msg": "success"})
        self.assertEqual(self.shown()["status"], "online")
        self.leave()
        self.ask("DELETE", "/api/proxies?status=offline")
        self.assertEqual(self.get("/api/proxy/tcp").json, {"proxies": []})
        self.assertEqual(self.ask("DELETE", "/api/proxies").json["Msg"], "status only support offline")

    def test_server(self) -> None:
        """The server with its settings, and sums over all proxies."""
        self.start()
        self.use()
        info = self.get("/api/serverinfo").json
        self.assertEqual((info["bindPort"], info["clientCounts"], info["curConns"]), (7000, 1, 0))
        self.assertEqual((info["totalTrafficIn"], info["totalTrafficOut"]), (5, 5))
        self.assertEqual(info["proxyTypeCount"], {"tcp": 1})
        self.assertNotIn("allowPortsStr", info)


class ClientTests(DashboardTests):
    """Clients, there and gone."""

    def test_online(self) -> None:
        """A client that is there."""
        self.start()
        (shown,) = self.get("/api/clients").json
        expected = ("me.here", "me", "here", "v1", "127.0.0.1", True)
        keys = ("key", "user", "clientID", "wireProtocol", "clientIP", "online")
        self.assertEqual(tuple(shown[key] for key in keys), expected)
        self.assertEqual(shown["firstConnectedAt"], int(self.network.reactor.seconds()))
        self.assertNotIn("disconnectedAt", shown)
        self.assertEqual(self.get("/api/clients/me.here").json, shown)

    def test_wireProtocol(self) -> None:
        """What a client speaks is shown."""
        self.start()
        self.network.client(user="me", clientID="there", transport={"wireProtocol": "v2"})
        found = {shown["clientID"]: shown["wireProtocol"] for shown in self.get("/api/clients").json}
        self.assertEqual(found, {"here": "v1", "there": "v2"})

    def test_gone(self) -> None:
        """A client with a name of its own is remembered; one without is not."""
        self.start()
        other = self.network.client(user="x")
        self.assertEqual(len(self.get("/api/clients").json), 2)
        other.stopService()
        self.leave()
        (shown,) = self.get("/api/clients").json
        self.assertEqual((shown["key"], shown["runID"], shown["online"]), ("me.here", "", False))
        self.assertIn("disconnectedAt", shown)

    def test_filters(self) -> None:
        """Filters must match exactly; an unknown status means all."""
        self.start()
        for query, count in (
            ("status=online", 1),
            ("status=OFFLINE", 0),
            ("status=x", 1),
            ("user=me", 1),
            ("user=m", 0),
            ("clientId=here", 1),
            ("clientId=x", 0),
            ("runId=x", 0),
        ):
            self.assertEqual(len(self.get(f"/api/clients?{query}").json), count, query)

    def test_unknown(self) -> None:
        """A client that never was is not found."""
        self.start()
        self.assertEqual(self.get("/api/clients/x").json, {"Code": 404, "Msg": "client x not found"})
