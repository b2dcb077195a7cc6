"""One site behind the http gateway, in the hands of a test."""

from __future__ import annotations

from typing import Any

from frp.test.http.web import Asked, Told, Web, ok, told
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User

__all__ = ["GET", "PORT", "ForwardingTestCase", "SayingTestCase"]

PORT = 8080

GET = b"GET /x HTTP/1.1\r\nHost: a.com\r\n\r\n"


class ForwardingTestCase(NetworkTestCase):
    """One site, C{a.com}, whose service is a test's."""

    #: What the proxy's table has besides.
    proxy: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.server = self.network.server(vhostHTTPPort=PORT, gracePeriod=5)
        self.web = Web(self.network, lambda asked: self.answer(asked))
        table = {"name": "a", "type": "http", "localPort": self.web.port, "customDomains": ["a.com"]}
        self.client = self.network.client(proxies=[{**table, **self.proxy}])

    def answer(self, asked: Asked) -> bytes | None:
        """What the service says to a request."""
        return ok(asked.head.target)

    def send(self, data: bytes, user: User | None = None) -> User:
        """Send what a user says."""
        user = user or self.network.user(PORT)
        user.send(data)
        self.network.settle()
        return user

    def ask(self, data: bytes = GET) -> Told:
        """@return: the one response to a request."""
        user = self.send(data)
        (response,) = told(user.received, data.partition(b" ")[0])
        return response


class SayingTestCase(ForwardingTestCase):
    """
    A service whose responses are a test's.

    @ivar said: those that are to come; after them each request gets its target.
    """

    said: list[bytes] = []

    def answer(self, asked: Asked) -> bytes | None:
        return self.said.pop(0) if self.said else ok(asked.head.target)

    def say(self, *pieces: bytes) -> None:
        """The service goes on."""
        for piece in pieces:
            self.web.last.user.send(piece)
            self.network.settle()
