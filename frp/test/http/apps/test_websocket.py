"""WebSockets of ASGI applications on the streams of a tunnel."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import threading
from typing import Any
from unittest import SkipTest

from frp.test.http.apps.servers import fetch
from frp.test.http.apps.test_asgi import ASGITests, Receive, Send


class WebSocketTests(ASGITests):
    """A person has an application with WebSockets; all else works as before."""

    def setUp(self) -> None:
        if importlib.util.find_spec("websockets") is None:
            raise SkipTest("websockets is not installed: install the test extra")
        self.left = threading.Event()
        self.codes: list[tuple[Any, ...]] = []

    async def app(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Says back what it hears, until it hears "close"; does not accept where the path is /no, breaks at /raise."""
        if scope["type"] != "websocket":
            raise ValueError(scope["type"])
        assert (await receive())["type"] == "websocket.connect"
        if scope["path"] == "/flood":
            await self.flood(receive, send)
            return
        if scope["path"] == "/no":
            await send({"type": "websocket.close"})
            return
        chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"x-a", b"b")]})
        while (event := await receive())["type"] == "websocket.receive":
            if event.get("text") == "raise":
                raise ValueError("a bug")
            if event.get("text") == "odd":
                await send({"type": "websocket.close", "code": 1005})
            if event.get("text") == "talk":
                await send({"type": "websocket.close", "reason": "on and on " * 20})
            if event.get("text") == "close":
                await send({"type": "websocket.close", "code": 4001, "reason": "as you wish"})
                return
            await send({**event, "type": "websocket.send"})
        self.codes.append((event["code"], event["reason"]))
        self.left.set()

    async def flood(self, receive: Receive, send: Send) -> None:
        """Send without an end, until the user has left."""
        await send({"type": "websocket.accept"})
        gone = asyncio.ensure_future(receive())
        while not gone.done():
            await send({"type": "websocket.send", "bytes": bytes(1 << 18)})
        self.left.set()

    def connect(self, path: str = "/", **parameters: Any) -> Any:
        """A user."""
        from websockets.sync.client import connect

        url = self.serve(self.app)
        return self.enterContext(connect(url.replace("http", "ws") + path, proxy=None, **parameters))

    def test_talk(self) -> None:
        """Texts and bytes go both ways, small and large, whole and in parts."""
        user = self.connect()
        for said in ("hello", b"bytes", "é" * 100_000, bytes(1 << 20), ""):
            user.send(said)
            self.assertEqual(user.recv(10), said)
        user.send(iter(["in ", "three ", "parts"]))
        self.assertEqual(user.recv(10), "in three parts")

    def test_handshake(self) -> None:
        """The application chooses the subprotocol and adds fields."""
        user = self.connect(subprotocols=["a", "b"])
        self.assertEqual((user.subprotocol, user.response.headers["X-A"]), ("b", "b"))

    def test_userLeaves(self) -> None:
        """The application hears of a user who closes, and why."""
        self.connect().close(4000, "enough")
        self.assertTrue(self.left.wait(10))
        self.assertEqual(self.codes, [(4000, "enough")])

    def test_userVanishes(self) -> None:
        """And of one whose connection is gone."""
        user = self.connect()
        user.socket.close()
        self.assertTrue(self.left.wait(10))
        self.assertEqual(self.codes[0][0], 1006)

    def test_readerVanishes(self) -> None:
        """An application that is held up by a user who does not read hears it when the connection is gone."""
        url = self.serve(self.app)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 20) as user:
            user.sendall(
                b"GET /flood HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            self.assertTrue(user.recv(1000))
        self.assertTrue(self.left.wait(20))

    def test_closes(self) -> None:
        """The user hears why the application closes."""
        from websockets.exceptions import ConnectionClosed

        user = self.connect()
        user.send("close")
        closed = self.assertRaises(ConnectionClosed, user.recv, 10)
        self.assertEqual((closed.rcvd.code, closed.rcvd.reason), (4001, "as you wish"))

    def test_breaks(self) -> None:
        """An application that raises, or closes as nobody can, is in the log; its user is told."""
        from websockets.exceptions import ConnectionClosed

        for word in ("raise", "odd", "talk"):
            user = self.connect()
            with self.assertLogs("frp.expose", "ERROR"):
                user.send(word)
                closed = self.assertRaises(ConnectionClosed, user.recv, 10)
            self.assertEqual(closed.rcvd.code, 1011)

    def test_declined(self) -> None:
        """What the application does not accept is a 403; what is no handshake is a request."""
        from websockets.exceptions import InvalidStatus

        refused = self.assertRaises(InvalidStatus, self.connect, "/no")
        self.assertEqual(refused.response.status_code, 403)
        with self.assertLogs("frp.expose", "ERROR"):
            self.assertEqual(fetch(self.serve(self.app))[0], 500)


class ReferenceTests(WebSocketTests):
    """The same through the Go frps."""

    maker = "go"
