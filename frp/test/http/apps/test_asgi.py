"""ASGI applications on the streams of a tunnel."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import frp
from frp.test.http.apps.servers import ServerTestCase, fetch

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PLAIN = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


async def bodyOf(receive: Receive) -> bytes:
    """The whole body of a request."""
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


class ASGITests(ServerTestCase):
    """A person has an application."""

    def serve(self, app: Any) -> str:
        """@return: its URL, while the test runs."""
        exposure = frp.expose(app, self.server, token="a secret")
        tunnel = exposure.open()
        self.addCleanup(exposure.close)
        return tunnel.url

    def test_scope(self) -> None:
        """It gets what the specification says."""
        seen: list[dict[str, Any]] = []

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            seen.append(scope)
            if scope["type"] == "http":
                await send({**PLAIN, "status": 204})
                await send({"type": "http.response.body"})

        self.assertEqual(fetch(self.serve(app) + "/a%20b/%C3%A9?x=1", headers={"X-A": "b"}), (204, b""))
        self.assertEqual([scope["type"] for scope in seen], ["lifespan", "http"])
        scope = seen[1]
        self.assertEqual((scope["path"], scope["raw_path"]), ("/a b/é", b"/a%20b/%C3%A9"))
        self.assertEqual((scope["method"], scope["query_string"], scope["http_version"]), ("GET", b"x=1", "1.1"))
        self.assertIn((b"x-a", b"b"), scope["headers"])
        self.assertEqual(scope["client"][0], "127.0.0.1")

    def test_bodies(self) -> None:
        """Large bodies pass, both ways."""

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                body = await bodyOf(receive)
                await send(PLAIN)
                for place in range(0, len(body), 10_000):
                    await send({"type": "http.response.body", "body": body[place : place + 10_000], "more_body": True})
                await send({"type": "http.response.body", "body": b""})

        body = bytes(range(256)) * 20_000
        self.assertEqual(fetch(self.serve(app), body), (200, body))

    def test_lifespan(self) -> None:
        """It is told when it starts, before any request, and when it ends; what it keeps is in the scope."""
        ended = threading.Event()

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                while (event := await receive())["type"] == "lifespan.startup":
                    scope["state"]["word"] = b"kept"
                    await send({"type": "lifespan.startup.complete"})
                self.assertEqual(event["type"], "lifespan.shutdown")
                for _ in range(1000):  # it takes its time
                    await asyncio.sleep(0)
                ended.set()
                await send({"type": "lifespan.shutdown.complete"})
            else:
                await send(PLAIN)
                await send({"type": "http.response.body", "body": scope["state"]["word"]})

        with frp.expose(app, self.server, token="a secret") as tunnel:
            self.assertEqual(fetch(tunnel.url), (200, b"kept"))
            self.assertFalse(ended.is_set())
        self.assertTrue(ended.is_set())
        ended.clear()

        async def main() -> None:
            async with frp.expose(app, self.server, token="a secret"):
                pass
            self.assertTrue(ended.is_set())

        asyncio.run(main())

    def test_startFails(self) -> None:
        """One that says that it could not start is asked nothing; why is in the log."""

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan":
                raise AssertionError("it has not started")
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})

        with self.assertLogs("frp.expose", "ERROR") as logged:
            self.assertEqual(fetch(self.serve(app))[0], 500)
        self.assertEqual([line.rpartition("] ")[2] for line in logged.output], ["the application: no database"])

    def test_leaves(self) -> None:
        """A user who reads nothing holds the application up; it hears of one who leaves."""
        left, made = threading.Event(), []

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                await bodyOf(receive)
                gone = asyncio.ensure_future(receive())
                await send(PLAIN)
                while not gone.done():
                    made.append(1)
                    await send({"type": "http.response.body", "body": bytes(1 << 16), "more_body": True})
                if gone.result()["type"] == "http.disconnect":
                    left.set()

        port = int(self.serve(app).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as user:
            user.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(user.recv(1000))
        self.assertTrue(left.wait(20))
        self.assertLess(len(made), 1 << 12)

    def test_fails(self) -> None:
        """What it raises, and an answer without an end, are a 500; the next request is answered."""

        async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan" or scope["path"] == "/raise":
                raise ValueError("a bug")
            if scope["path"] == "/none":
                return
            if scope["path"] == "/order":
                await send({"type": "http.response.body"})
            if scope["path"] == "/exit":
                sys.exit(1)
            fields = {"/split": (b"x-bad", b"a\r\nb: c"), "/length": (b"content-length", b"many")}
            headers = [fields[scope["path"]]] if scope["path"] in fields else []
            status = {"/text": "200", "/99": 99, "/101": 101}.get(scope["path"], 200)
            await send({**PLAIN, "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"well"})

        url = self.serve(app)
        with self.assertLogs("frp.expose", "ERROR") as logged:
            for path in ("/raise", "/none", "/order", "/split", "/exit", "/length", "/text", "/99", "/101"):
                self.assertEqual(fetch(url + path)[0], 500, path)
        self.assertEqual(fetch(url), (200, b"well"))
        self.assertIn("ValueError: a bug", logged.output[0])
