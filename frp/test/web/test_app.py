"""Tests of what the web servers of frps and frpc have in common."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable

from twisted.internet.defer import fail
from twisted.web.resource import Resource
from twisted.web.server import Request

from frp import logs
from frp.config.common import WebServerConfig
from frp.testing.web import PORT, WebTestCase
from frp.web.answers import APIError
from frp.web.app import App
from frp.web.listening import MAX_BODY, WebServer
from frp.web.operations import FIRST, PLAIN, SECOND, Body, Media, operationsOf

View = Callable[..., object]

LOCK = {"user": "admin", "password": "secret"}


class LockTests(WebTestCase):
    """Who is let in."""

    def setUp(self) -> None:
        super().setUp()
        self.dashboard(web={**LOCK, "pprofEnable": True}, enablePrometheus=True)

    def test_password(self) -> None:
        """The right name and password open every page."""
        for path in ("/operations", "/api/serverinfo", "/metrics"):
            self.assertEqual(self.get(path, "admin:secret").code, 200)

    def test_pages(self) -> None:
        """What our pages look at is no news for a log; what they change is, and what others ask."""
        page, prune = ["X-Frp-Page: 1"], "/api/v2/system/prune?type=offline_proxies"
        for verb, path, more, level in (
            ("GET", "/api/v2/clients", page, "[D]"),
            ("GET", "/api/v2/clients", [], "[I]"),
            ("POST", prune, page, "[I]"),
        ):
            self.log.clear()
            self.assertEqual(self.reply(self.begin(verb, path, login="admin:secret", more=more)).code, 200)
            lines = [line for line in self.log if "http re" in line]
            self.assertEqual([level in line for line in lines], [True, True], (verb, lines))

    def test_wrong(self) -> None:
        """All others are asked for them, after a while in which nothing comes."""
        for login in ("", "admin:", "admin:wrong", "wrong:secret", ":secret", ":"):
            user = self.begin("GET", "/api/serverinfo", login=login)
            self.network.advance(0.19)
            self.assertEqual(user.received, b"")
            self.network.advance(0.02)
            reply = self.reply(user)
            self.assertEqual((reply.code, reply.body), (401, b"Unauthorized\n"))
            self.assertEqual(reply.header("WWW-Authenticate"), 'Basic realm="Restricted"')

    def test_body(self) -> None:
        """What a stranger sends is not kept, on the disk or elsewhere."""
        files: list[object] = []
        whole = tempfile.TemporaryFile

        def made() -> object:
            files.append(None)
            return whole()

        self.patch(tempfile, "TemporaryFile", made)
        for login, kept in (("", 0), ("admin:wrong", 0), ("admin:secret", 1)):
            self.begin("GET", "/api/serverinfo", bytes(1 << 20), login)
            self.network.advance(0.3)
            self.assertEqual(len(files), kept)

    def test_impatient(self) -> None:
        """Somebody who does not wait for the refusal leaves nothing behind."""
        self.begin("GET", "/api/serverinfo").abort()
        self.network.advance(0.3)

    def test_open(self) -> None:
        """Health and profiles are there for everybody."""
        health = self.get("/healthz")
        self.assertEqual((health.code, health.body, health.header("Content-Type")), (200, b"", None))
        stacks = self.get("/debug/pprof/goroutine?debug=2")
        self.assertEqual((stacks.code, stacks.header("Content-Type")), (200, "text/plain; charset=utf-8"))
        self.assertIn(b"MainThread", stacks.body)
        for name, code in (("symbol", 200), ("trace", 200), ("nonsense", 404)):
            self.assertEqual(self.get(f"/debug/pprof/{name}").code, code)

    def test_commandLine(self) -> None:
        """The command line is told without the values of its flags, for one of them may be the token."""
        words = ["/bin/frpc", "tcp", "--token=mumble", "-tmumble", "-t", "mumble", "--sk", "mumble"]
        self.patch(sys, "argv", words)
        self.patch(sys, "orig_argv", ["python", *words])
        told = self.get("/debug/pprof/cmdline").body
        self.assertEqual(told.split(b"\0"), b"/bin/frpc *** --token=*** -t*** -t *** --sk ***".split())

    def test_nothingThere(self) -> None:
        """What does not exist is said to everybody: paths, and methods."""
        for path in ("/nope", "/api/serverinfo/", "/api/reload"):
            reply = self.get(path)
            self.assertEqual((reply.code, reply.body), (404, b"404 page not found\n"))
        for method in ("PUT", "POST", "HEAD", "OPTIONS"):
            user = self.begin(method, "/api/serverinfo")
            self.assertTrue(user.received.startswith(b"HTTP/1.1 405 "), user.received)

    def test_crookedPath(self) -> None:
        """A path with dots is sent to the straight one."""
        reply = self.get("/x/../healthz")
        self.assertEqual((reply.code, reply.header("Location")), (301, "/healthz"))
        reply = self.get("/\\evil.test//x")
        self.assertEqual((reply.code, reply.header("Location")), (301, "/%5Cevil.test/x"))


class Page(Resource):
    """One that Twisted serves."""

    def render_GET(self, request: Request) -> bytes:
        """What stands on it."""
        return b"a page"


class ServingTests(WebTestCase):
    """Answers, and what becomes of mistakes."""

    def app(self, user: str = "", password: str = "") -> App:
        """A web server, by itself without a lock."""
        log = logs.Log("frp.web.test")
        config = WebServerConfig(port=PORT, user=user, password=password)
        app = App(self.network.reactor, config, log)
        self.serve(WebServer(self.network.reactor, config, app.resource, app.guard, name="test", log=log))
        return app

    def add(
        self, declare: Callable[[Callable[..., object]], Callable[..., object]], act: Callable[..., object]
    ) -> None:
        """Serve one operation."""
        app = self.app()

        class Resource:
            @declare
            def does(self, **given: object) -> object:
                return act(**given)

        for operation in operationsOf(Resource()):
            app.add(operation)

    def serves(self, answer: object) -> None:
        """Answer C{/api/x} with this."""
        self.add(FIRST.operation("GET", "/x", "this", answers=object), lambda: answer)

    def test_manners(self) -> None:
        """Answers and errors have the form of the API to which they belong."""

        def refuse(**given: object) -> object:
            raise APIError(404, f"no {given['name']}")

        self.add(SECOND.operation("GET", "/x", "this", answers=list[int]), lambda: [1])
        self.assertEqual(self.get("/api/v2/x").json, {"code": 200, "msg": "success", "data": [1]})
        self.webs.pop().stopService()
        self.network.settle()
        self.add(SECOND.operation("GET", "/x/{name}", "this", answers=list[int]), refuse)
        reply = self.get("/api/v2/x/y")
        self.assertEqual((reply.code, reply.json), (404, {"code": 404, "msg": "no y", "data": None}))

    def test_body(self) -> None:
        """JSON that comes is read; what is no JSON is said to be none."""
        self.add(FIRST.operation("POST", "/x", "echo", takes=Body(object), answers=object), lambda body: body)
        self.assertEqual(self.ask("POST", "/api/x", b'{"a":[1]}').json, {"a": [1]})
        for wrong in (b"{", b"[" * 100_000, b'"\\ud800"', b"\xff"):
            reply = self.ask("POST", "/api/x", wrong)
            self.assertEqual(reply.code, 400)
            self.assertIn("parse JSON error: ", reply.json["Msg"])

    def test_resource(self) -> None:
        """What an operation returns may be a resource of Twisted, which then answers."""
        self.serves(Page())
        self.assertEqual(self.get("/api/x").body, b"a page")

    def test_mount(self) -> None:
        """A resource of Twisted serves all that is below a path, behind the password."""
        folder = Resource()
        folder.putChild(b"page", Page())
        self.app(**LOCK).mount("/static", folder)
        reply = self.get("/static/page", "admin:secret")
        self.assertEqual((reply.code, reply.body), (200, b"a page"))
        stranger = self.begin("GET", "/static/page")
        self.network.advance(0.3)
        self.assertEqual(self.reply(stranger).code, 401)

    def test_json(self) -> None:
        """JSON may stand in HTML, and survives names that are no UTF-8."""
        self.serves({"a": "<&>\u2028\udcff"})
        reply = self.get("/api/x")
        self.assertEqual(reply.body, b'{"a":"\\u003c\\u0026\\u003e\\u2028\xef\xbf\xbd"}\n')
        self.assertEqual(reply.header("Content-Type"), "application/json")

    def test_long(self) -> None:
        """A long answer has its length before it, and comes whole; a long text may come as pieces."""
        self.serves(map(str, range(50_000)))
        reply = self.get("/api/x")
        self.assertEqual(reply.json, [str(number) for number in range(50_000)])
        self.webs.pop().stopService()
        self.network.settle()
        media = Media("text/csv")
        self.add(PLAIN.operation("GET", "/x", "this", answers=media), lambda: iter(["<a>,", "\u00fc\n"]))
        reply = self.get("/x")
        self.assertEqual((reply.body, reply.header("Content-Type")), ("<a>,\u00fc\n".encode(), "text/csv"))

    def test_failingEntry(self) -> None:
        """An entry of a long list that cannot be made is a bug like any other: no part of an answer is sent."""
        self.serves(1 // (40_000 - number) for number in range(50_000))
        reply = self.get("/api/x")
        self.assertEqual((reply.code, reply.json), (500, {"Code": 500, "Msg": "internal error"}))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_bug(self) -> None:
        """A bug is logged, and nobody outside sees more than that there is one."""
        self.serves(fail(ZeroDivisionError("secret")))
        reply = self.get("/api/x")
        self.assertEqual((reply.code, reply.json), (500, {"Code": 500, "Msg": "internal error"}))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_tooLarge(self) -> None:
        """Whoever sends without end is cut off before it is in our memory."""
        seen: list[bytes] = []
        self.add(
            FIRST.operation("PUT", "/x", "keep it", takes=Body(Media("text/plain"))), lambda body: seen.append(body)
        )
        user = self.network.user(PORT)
        user.send(b"PUT /api/x HTTP/1.1\r\nHost: frp\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1))
        for _ in range(MAX_BODY // (1 << 20) + 1):
            user.send(bytes(1 << 20))
            self.network.settle()
        self.assertTrue(user.closed)
        self.assertEqual(seen, [])

    def test_stop(self) -> None:
        """A server that stops closes the connections that wait for more requests."""
        self.serves("here")
        user = self.network.user(PORT)
        user.send(b"GET /api/x HTTP/1.1\r\nHost: frp\r\n\r\n")
        self.network.settle()
        self.assertFalse(user.closed)
        self.webs.pop().stopService()
        self.network.settle()
        self.assertTrue(user.closed)
        self.assertIsNotNone(self.network.user(PORT).refused)
