"""Tests of who may ask."""

from __future__ import annotations

from base64 import b64encode

from twisted.trial.unittest import SynchronousTestCase

from frp.config.common import WebServerConfig
from frp.testing.web import WebTestCase
from frp.web.guarding import GUESSES, MAX_GUESSERS, WINDOW, Guard, isOpen

LOCK = {"user": "admin", "password": "secret"}


class GuessingTests(WebTestCase):
    """Those who try one password after another."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.dashboard(web=LOCK)

    def guess(self, count: int, login: str = "admin:wrong") -> None:
        """Try so many."""
        for _ in range(count):
            self.begin("GET", "/api/serverinfo", login=login)
        self.network.advance(0.3)

    def test_tooMany(self) -> None:
        """After some of them nothing is believed for a while, not even the right one; then it is."""
        self.guess(GUESSES)
        reply = self.get("/api/serverinfo", "admin:secret")
        self.assertEqual((reply.code, reply.body), (429, b"Too many wrong passwords\n"))
        self.assertEqual(reply.header("Retry-After"), "60")
        self.network.advance(WINDOW)
        self.assertEqual(self.get("/api/serverinfo", "admin:secret").code, 200)

    def test_forms(self) -> None:
        """What somebody sends who is not listened to says nothing about the password: it is not even read."""
        self.guess(GUESSES)
        replies = set()
        for login in ("admin:wrong", "admin:secret"):
            user = self.network.user(7500)
            proof = b64encode(login.encode()).decode()
            lines = ["POST /api/v2/proxies/a/enable HTTP/1.1", "Host: frp", f"Authorization: Basic {proof}"]
            lines += ["Connection: close", "Content-Length: 1", "Content-Type: multipart/form-data", "", "x"]
            user.send("\r\n".join(lines).encode())
            self.network.advance(0.3)
            replies.add(user.received.partition(b"\r\nDate")[0][:30])
        self.assertEqual(len(replies), 1, replies)
        self.assertIn(b"429", replies.pop())

    def test_few(self) -> None:
        """Somebody who mistypes now and then is let in, and so is a browser that asks without a password first."""
        self.guess(GUESSES - 1)
        self.guess(50, login="")
        self.assertEqual(self.get("/api/serverinfo", "admin:secret").code, 200)
        self.network.advance(WINDOW)
        self.guess(GUESSES - 1)
        self.assertEqual(self.get("/api/serverinfo", "admin:secret").code, 200)

    def test_bounded(self) -> None:
        """Not more is remembered of them than there is room for."""
        guard = self.server._site.app.guard

        class Guess:
            def __init__(self, number: int) -> None:
                self.host = f"10.0.{number >> 8}.{number & 255}"

            def getHeader(self, _name: str) -> str:
                return "Basic eA=="

            def getClientAddress(self) -> object:
                from twisted.internet.address import IPv4Address

                return IPv4Address("TCP", self.host, 1)

        for number in range(MAX_GUESSERS + 10):
            guard.guessed(Guess(number))  # type: ignore[arg-type]
        self.assertEqual(len(guard._guessers), MAX_GUESSERS)


class ReboundTests(WebTestCase):
    """Pages that give their own name to this machine."""

    def code(self, host: str, path: str = "/api/serverinfo", port: int = 7500) -> int:
        user = self.network.user(port)
        user.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        self.network.settle()
        return int(user.received.split()[1])

    def test_names(self) -> None:
        """Without a password, only names that nobody can give away are asked for by our own port."""
        self.dashboard()
        for host in ("evil.example:7500", "localhost.evil.example:7500", "x:y", "[::1:7500"):
            self.assertEqual(self.code(host), 403, host)
        for host in ("127.0.0.1:7500", "[::1]:7500", "localhost:7500", "LOCALHOST:7500", "a.localhost:7500"):
            self.assertEqual(self.code(host), 200, host)

    def test_reverseProxy(self) -> None:
        """One that passes on the name that it has itself has a port of its own."""
        self.dashboard()
        for host in ("frps.example.com", "frps.example.com:8443"):
            self.assertEqual(self.code(host), 200, host)

    def test_defaultPort(self) -> None:
        """The port that an address leaves out is ours where ours is that one."""
        self.dashboard(web={"port": 80})
        self.assertEqual(self.code("evil.example", port=80), 403)

    def test_locked(self) -> None:
        """A browser sends no password to a page that was not opened with one; nor does it bother who checks health."""
        self.dashboard(web=LOCK)
        self.assertEqual(self.code("frps.example.com:7500", "/healthz"), 200)
        user = self.begin("GET", "/api/serverinfo", login="admin:secret")
        self.assertEqual(self.reply(user).code, 200)

    def test_open(self) -> None:
        """Where everybody may ask, the names are not known: other containers use theirs."""
        self.dashboard(web={"addr": "0.0.0.0"})
        self.assertEqual(self.code("frps:7500"), 200)


class ForeignTests(WebTestCase):
    """Pages of other sites, in the browser of somebody who is logged in here."""

    def asked(self, method: str, path: str, **headers: str) -> int:
        """@return: the status."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost:7500", "Connection: close", "Content-Length: 0"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        user = self.network.user(7500)
        user.send("\r\n".join([*lines, "", ""]).encode())
        self.network.settle()
        return self.reply(user).code

    def test_changes(self) -> None:
        """They change nothing; our own pages, and programs, do."""
        self.dashboard()
        path = "/api/proxies?status=offline"
        for headers, code in (
            ({}, 200),
            ({"Sec_Fetch_Site": "same-origin"}, 200),
            ({"Sec_Fetch_Site": "none"}, 200),
            ({"Sec_Fetch_Site": "same-origin", "Origin": "https://behind.a.proxy"}, 200),
            ({"Sec_Fetch_Site": "cross-site"}, 403),
            ({"Sec_Fetch_Site": "same-site"}, 403),
            ({"Origin": "http://localhost:7500"}, 200),
            ({"Origin": "http://evil:7500"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://["}, 403),
            ({"Origin": "https://frps.example.com", "X_Forwarded_Host": "frps.example.com"}, 200),
        ):
            self.assertEqual(self.asked("DELETE", path, **headers), code, headers)

    def test_reload(self) -> None:
        """A reload is asked for by GET, as in the reference, and changes something nevertheless."""
        self.network.server()
        self.admin()
        self.assertEqual(self.asked("GET", "/api/reload", Sec_Fetch_Site="cross-site"), 403)
        self.assertEqual(self.asked("GET", "/api/status", Sec_Fetch_Site="cross-site"), 200)

    def test_headers(self) -> None:
        """Nobody may frame what is served, keep it, or load something else into it."""
        self.dashboard()
        reply = self.get("/")
        self.assertEqual(reply.header("X-Frame-Options"), "DENY")
        self.assertEqual(reply.header("X-Content-Type-Options"), "nosniff")
        self.assertEqual(reply.header("Cache-Control"), "no-store")
        self.assertIn("default-src 'self'", str(reply.header("Content-Security-Policy")))
        self.assertIsNone(reply.header("Server"))


class OpenTests(SynchronousTestCase):
    """Web servers that let everybody in."""

    def test_open(self) -> None:
        """Those that others can reach, without a password."""
        for addr, found in (
            ("127.0.0.1", False),
            ("::1", False),
            ("localhost", False),
            ("0.0.0.0", True),
            ("::", True),
            ("192.0.2.1", True),
            ("frps.example.com", True),
        ):
            self.assertEqual(isOpen(WebServerConfig(addr=addr, port=1)), found, addr)
            self.assertFalse(isOpen(WebServerConfig(addr=addr, port=1, password="x")))

    def test_guardWithoutPassword(self) -> None:
        """Where there is none, nobody is looked at."""
        self.assertTrue(Guard(WebServerConfig(), None).admits(None))  # type: ignore[arg-type]
