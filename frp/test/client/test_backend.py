"""Tests of what frpc knows of the services behind its proxies."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, fail

from frp.client.backend import QUIET, Backend
from frp.client.service import FRPClient
from frp.errors import LocalServiceDown, Refused
from frp.proxies.localdatagrams import IDLE
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.datagrams import DatagramUser
from frp.testing.web import PORT, WebTestCase

GONE: dict[str, dict[str, Any]] = {
    "tcp": {"localPort": 9},
    "described": {"localEndpoint": "tcp:127.0.0.1:9"},
    "bridged": {"plugin": {"type": "http2http", "localAddr": "127.0.0.1:9"}},
    "onward": {"plugin": {"type": "unix_domain_socket", "unixPath": "/nowhere"}},
}


class BackendTests(WebTestCase):
    """Proxies whose services are there, or not."""

    def client(self, *proxies: dict[str, Any]) -> FRPClient:
        """Start one, with its API."""
        self.network.server()
        site: Any = self.admin(proxies=[{"type": "tcp", **one} for one in proxies])._site
        self.network.advance(1)
        client: FRPClient = site.client
        return client

    def answer(self, name: str) -> Any:
        """@return: what a test says."""
        user = self.begin("POST", f"/api/v2/proxies/{name}/test")
        self.network.advance(0)
        return self.reply(user).json["data"]

    def status(self, name: str = "a") -> Any:
        """Of a proxy."""
        return next(one for one in self.get("/api/v2/proxies").json["data"] if one["name"] == name)

    def test_answers(self) -> None:
        """The service takes a connection, which is closed again, whether frps has let the proxy be or not."""
        port = self.network.echo().port
        self.client({"name": "a", "localPort": port, "remotePort": 6000}, {"name": "b", "localPort": port})
        self.assertEqual(self.answer("a"), {"ok": True, "seconds": 0, "why": ""})
        self.assertEqual(self.answer("b")["ok"], True)

    def test_refuses(self) -> None:
        """A service that is not there is told by what was dialled; a user who comes makes it known without a test."""
        ports = dict(zip(GONE, range(6000, 6004), strict=True))
        client = self.client(*({"name": name, "remotePort": ports[name], **table} for name, table in GONE.items()))
        for name, port in ports.items():
            user = self.network.user(port)
            user.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.network.settle()
            status = self.status(name)
            self.assertEqual(status["service_err_at"], client.clock.seconds())
            self.assertIn("dial ", status["service_err"])
            self.assertEqual(self.answer(name), {"ok": False, "seconds": 0, "why": status["service_err"]})

    def test_mended(self) -> None:
        """The next user who reaches it, and a test, are the end of it."""
        client = self.client({"name": "a", "localPort": 8000, "remotePort": 6000})
        for mend in (lambda: self.network.user(6000), lambda: self.answer("a")):
            self.network.user(6000)
            self.assertIn("service_err", self.status())
            service = self.network.echo(8000)
            mend()
            self.assertNotIn("service_err", self.status())
            self.assertEqual(sessionOf(client).proxies["a"].backend.why, "")
            self.network.reactor.ports[service.port].stopListening()

    def test_event(self) -> None:
        """Pages hear of the first user of many."""
        self.client({"name": "a", "localPort": 9, "remotePort": 6000})
        for _ in range(3):
            self.network.user(6000)
        listener = self.network.user(PORT)
        listener.send(b"GET /api/v2/events?last=9 HTTP/1.1\r\nHost: frp\r\n\r\n")
        self.network.settle()
        _, _, told = listener.received.decode().partition("event: proxy.missed\n")
        self.assertIn("127.0.0.1:9", json.loads(told.splitlines()[0].removeprefix("data: "))["why"])
        self.assertNotIn("proxy.missed", told)

    def refused(self) -> DatagramUser:
        """@return: a user whose first datagram the service has refused."""
        self.client({"name": "a", "type": "udp", "localPort": 8000, "remotePort": 6000})
        user = DatagramUser(6000)
        self.network.reactor.listenUDP(0, user)
        user.send(b"one")
        self.network.advance(1)
        self.assertEqual(self.status()["service_err"], "dial udp 127.0.0.1:8000: connection refused")
        return user

    def test_datagrams(self) -> None:
        """A service that refuses datagrams is told, too; that it is there again is known when it answers."""
        user = self.refused()
        self.network.reactor.listenUDP(8000, DatagramUser(echoes=True))
        user.send(b"two")
        self.network.advance(1)
        self.assertEqual(user.received, [b"two"])
        self.assertNotIn("service_err", self.status())

    def test_silent(self) -> None:
        """One that answers nothing is there when it has refused nothing for a while."""
        user = self.refused()
        self.network.reactor.listenUDP(8000, DatagramUser())
        user.send(b"two")
        self.network.advance(IDLE - 1)
        self.assertIn("service_err", self.status())
        self.network.advance(2)
        self.assertNotIn("service_err", self.status())

    def test_nothing(self) -> None:
        """Where there is no service to connect to, that is said; and a proxy that does not run cannot be tested."""
        self.client({"name": "a", "type": "udp", "localPort": 9})
        self.assertIn("datagrams", self.answer("a")["why"])
        self.assertEqual(self.ask("POST", "/api/v2/proxies/none/test").json["msg"], 'no proxy "none" runs')

    def test_away(self) -> None:
        """Without a server a service is tested where the configuration says which one it is."""
        port = self.network.echo().port
        plugin = {"type": "static_file", "localPath": "/"}
        proxies = [
            {"name": "a", "type": "tcp", "localPort": port},
            {"name": "dead", "type": "http", "localEndpoint": "tcp:127.0.0.1:9", "subdomain": "a"},
            {"name": "odd", "type": "tcp", "localEndpoint": "unheard:of"},
            {"name": "files", "type": "tcp", "plugin": plugin},
            {"name": "datagrams", "type": "udp", "localPort": 9},
        ]
        self.admin(proxies=proxies, loginFailExit=False)
        self.assertEqual(self.answer("a"), {"ok": True, "seconds": 0, "why": ""})
        self.assertIn("dial tcp:127.0.0.1:9: ", self.answer("dead")["why"])
        self.assertIn("is no endpoint", self.answer("odd")["why"])
        for name in ("files", "datagrams"):
            reply = self.ask("POST", f"/api/v2/proxies/{name}/test")
            why = f'proxy "{name}" cannot be tested now: there is no session with a server'
            self.assertEqual((reply.code, reply.json["msg"]), (409, why))
        self.assertEqual(self.ask("POST", "/api/v2/proxies/none/test").code, 404)


class UsersTests(WebTestCase):
    """Who counts."""

    def setUp(self) -> None:
        super().setUp()
        self.missed = 0
        self.backend = Backend(self.network.reactor, self.miss)

    def miss(self) -> None:
        """Count."""
        self.missed += 1

    def connect(self, outcome: Deferred[Any]) -> None:
        """A user comes."""

        class Endpoint:
            def connect(self, factory: object) -> Deferred[Any]:
                return outcome

        endpoint: Any = Endpoint()
        watched: Any = self.backend.behind(endpoint)
        watched.connect(None).addErrback(lambda failure: failure.trap(LocalServiceDown, ValueError))

    def test_news(self) -> None:
        """One who comes after a while without any is told."""
        for pause, told in ((0, 1), (QUIET - 1, 1), (QUIET - 1, 1), (QUIET, 2)):
            self.network.advance(pause)
            self.connect(fail(LocalServiceDown("down", "dial")))
            self.assertEqual((self.missed, self.backend.why), (told, "dial"))

    def test_others(self) -> None:
        """Neither a bug nor a user who has left is a word about the service."""
        left: Deferred[Any] = Deferred()
        self.connect(fail(ValueError()))
        self.connect(left.addErrback(self.wrapped))
        left.cancel()
        self.assertEqual(self.missed, 0)

    def wrapped(self, failure: Any) -> Any:
        """As endpoints tell it."""
        raise LocalServiceDown("down") from failure.value

    def test_unknown(self) -> None:
        """Nobody has said which one it is."""
        self.failureResultOf(Deferred.fromCoroutine(Backend(self.network.reactor).test()), Refused)
