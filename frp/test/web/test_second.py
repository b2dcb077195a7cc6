"""Tests of the second API of frps, as far as it goes beyond the reference's, which is asked in the interop tests."""

from __future__ import annotations

import json
from typing import Any

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.web import WebTestCase


class SecondCase(WebTestCase):
    """A server, and a client with two proxies."""

    def setUp(self) -> None:
        super().setUp()
        self.dashboard()
        service = self.network.echo()
        proxies = [
            {"name": name, "type": "tcp", "localPort": service.port, "remotePort": port}
            for name, port in (("a", 6000), ("b", 6001))
        ]
        self.client: FRPClient = self.network.client(proxies=proxies, user="me", clientID="here")
        self.network.advance(1)

    def data(self, path: str) -> Any:
        """What the API says."""
        return self.get(f"/api/v2{path}").json["data"]

    def tell(self, method: str, path: str, **body: Any) -> int:
        """@return: the status."""
        return self.ask(method, f"/api/v2{path}", json.dumps(body).encode()).code

    def use(self, port: int) -> bytes:
        """@return: what an echo has said to somebody who came to a port; nothing where it is closed."""
        user = self.network.user(port)
        if user.refused is not None:
            return b""
        user.send(b"hello")
        self.network.settle()
        found = user.received
        user.close()
        self.network.settle()
        return found

    def shown(self, name: str) -> tuple[str, str]:
        """What the client's own status says of a proxy, and why."""
        running = sessionOf(self.client).proxies[name]
        return running.phase.value, running.error


class TrafficTests(SecondCase):
    """Bytes by day."""

    def test_whole(self) -> None:
        """All proxies together, today's last."""
        self.use(6000)
        self.use(6001)
        history = self.data("/system/traffic")["history"]
        self.assertEqual([one["trafficIn"] for one in history], [0, 0, 0, 0, 0, 0, 10])
        self.assertEqual(history, sorted(history, key=lambda one: str(one["date"])))
        self.assertEqual(self.data("/proxies/me.a/traffic")["history"][-1]["trafficOut"], 5)


class DisableTests(SecondCase):
    """Proxies that an operator closes."""

    def test_disabled(self) -> None:
        """It is closed at once, its client knows why, and the other one does not notice."""
        self.assertEqual(self.tell("POST", "/proxies/me.a/disable", reason="too much"), 200)
        self.network.settle()
        self.assertEqual((self.use(6000), self.use(6001)), (b"", b"hello"))
        why = "proxy [me.a] is disabled by an operator: too much"
        self.assertEqual(self.shown("a"), (Phase.START_ERROR.value, why))
        self.assertEqual(self.shown("b"), (Phase.RUNNING.value, ""))
        self.assertEqual(self.data("/proxies/me.a")["disabled"], "too much")
        self.assertNotIn("disabled", self.data("/proxies/me.b"))

    def test_stays(self) -> None:
        """It stays closed when the client asks for it again, and opens when that is allowed."""
        self.tell("POST", "/proxies/me.a/disable")
        self.network.advance(31)
        self.assertEqual(self.use(6000), b"")
        self.assertEqual(self.data("/proxies/me.a")["disabled"], "disabled")
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/enable").code, 200)
        self.network.advance(31)
        self.assertEqual(self.use(6000), b"hello")
        self.assertNotIn("disabled", self.data("/proxies/me.a"))

    def test_wrong(self) -> None:
        """What cannot be done is said."""
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/enable").code, 404)
        self.assertEqual(self.tell("POST", "/proxies/me.a/disable", reason=1), 400)
        self.assertEqual(self.ask("POST", "/api/v2/proxies/me.a/disable", b"[]").code, 400)
        self.assertEqual(self.use(6000), b"hello")


class KickTests(SecondCase):
    """Clients that an operator sends away."""

    def test_kicked(self) -> None:
        """The session ends, the client is told why when it wants to come back, and after a while it may."""
        self.assertEqual(self.ask("DELETE", "/api/v2/clients/me.here?reason=go").code, 200)
        self.network.advance(5)
        self.assertEqual(self.use(6000), b"")
        self.assertGreaterEqual(self.logged("an operator has ended this session: go; it may begin again in"), 1)
        self.assertFalse(self.data("/clients/me.here")["online"])
        self.network.advance(60)
        self.assertEqual(self.use(6000), b"hello")

    def test_unknown(self) -> None:
        """Nobody is sent away who is not here."""
        self.assertEqual(self.ask("DELETE", "/api/v2/clients/me.there").code, 404)
        self.assertEqual(self.use(6000), b"hello")
