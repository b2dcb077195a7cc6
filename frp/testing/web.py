"""The web servers of frps and frpc in the network of a test, and who asks them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from twisted.application.service import IService
from twisted.web.http_headers import Headers

from frp.config.client import ClientConfig
from frp.config.clientfile import clientFromValues
from frp.config.load import Loaded
from frp.kinds import Registry
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User
from frp.values import frozen
from frp.web.admin.site import adminServer
from frp.web.dashboard.site import dashboardServer
from frp.web.serving import Serving

__all__ = ["PORT", "Reply", "WebTestCase"]

S = TypeVar("S", bound=IService)

#: Of the web servers.
PORT = 7500


@frozen
class Reply:
    """An HTTP response."""

    code: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        values = self.headers.getRawHeaders(name)
        return values[0] if values else None

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


class WebTestCase(NetworkTestCase):
    """Web servers in the network of a test."""

    def setUp(self) -> None:
        """None is there at first."""
        super().setUp()
        self.webs: list[IService] = []

    def tearDown(self) -> None:
        """Stop them."""
        for web in self.webs:
            web.stopService()
        super().tearDown()

    def serve(self, web: S) -> S:
        """Start one."""
        web.startService()
        self.webs.append(web)
        return web

    def dashboard(self, *, web: dict[str, Any] | None = None, **settings: Any) -> Serving:
        """Start frps with its web server."""
        server = self.network.server(webServer={"port": PORT, **(web or {})}, **settings)
        return self.serve(dashboardServer(server))

    def admin(
        self,
        path: str = "",
        load: Callable[[bool], Loaded[ClientConfig]] = lambda _strict: clientFromValues({}, registry=Registry()),
        check: Callable[[bytes], object] = lambda _content: None,
        *,
        web: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Serving:
        """Start frpc with its web server."""
        client = self.network.client(webServer={"port": PORT, **(web or {})}, **settings)
        return self.serve(adminServer(client, path, load, check))

    def begin(
        self, method: str, path: str, body: bytes = b"", login: str = "", port: int = PORT, more: Iterable[str] = ()
    ) -> User:
        """
        Send a request, and do not wait.

        @param more: lines of its head.
        """
        user = self.network.user(port)
        lines = [f"{method} {path} HTTP/1.1", "Host: frp", "Connection: close", f"Content-Length: {len(body)}", *more]
        if login:
            lines.append(f"Authorization: Basic {b64encode(login.encode()).decode()}")
        user.send("\r\n".join([*lines, "", ""]).encode() + body)
        self.network.settle()
        return user

    def ask(self, method: str, path: str, body: bytes = b"", login: str = "", port: int = PORT) -> Reply:
        """Send a request, and get the response."""
        return self.reply(self.begin(method, path, body, login, port))

    def get(self, path: str, login: str = "") -> Reply:
        """C{GET}."""
        return self.ask("GET", path, login=login)

    def reply(self, user: User) -> Reply:
        """@return: what came; all of it must be there."""
        head, _, body = user.received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = Headers()
        for line in lines:
            name, _, value = line.partition(": ")
            headers.addRawHeader(name, value)
        self.assertTrue(user.closed)
        self.assertEqual(headers.getRawHeaders("content-length"), [str(len(body))])
        return Reply(int(status.split()[1]), headers, body)
