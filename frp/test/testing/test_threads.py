"""Plugins with threads of their own, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

from frp.http.apps.asgi import ASGIServer
from frp.http.apps.wsgi import WSGIServer
from frp.interfaces import IClientPlugin
from frp.kinds import Contribution
from frp.test.live.test_applications import Applied, byASGI
from frp.testing import network
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import registryWith

_SIZE = 3_000_000


def much(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with more than may wait for the reactor, which must run meanwhile."""
    start("200 OK", [("Content-Length", str(_SIZE))])
    return (b"x" * 100_000 for _ in range(_SIZE // 100_000))


class ThreadTests(NetworkTestCase):
    """The clock of the test stands still while threads work."""

    registry = registryWith(
        Contribution(IClientPlugin, "wsgi", "a WSGI application", Applied(lambda site: WSGIServer(much, site))),
        Contribution(IClientPlugin, "asgi", "an ASGI application", Applied(lambda site: ASGIServer(byASGI, site))),
    )

    def user(self, plugin: str) -> network.User:
        """@return: who has asked a proxy with this plugin for something."""
        self.network.server()
        self.network.client(proxies=[{"name": "a", "type": "tcp", "remotePort": 6000, "plugin": {"type": plugin}}])
        user = self.network.user(6000)
        user.send(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return user

    def test_wsgi(self) -> None:
        """What a thread makes comes, however much it is."""
        user = self.user("wsgi")
        before = self.network.reactor.seconds()
        self.network.until(lambda: user.closed)
        self.assertEqual(len(user.received.partition(b"\r\n\r\n")[2]), _SIZE)
        self.assertEqual(self.network.reactor.seconds(), before)

    def test_asgi(self) -> None:
        """So does what a loop in a thread makes."""
        user = self.user("asgi")
        self.network.until(lambda: user.closed)
        self.assertIn(b"asgi /x", user.received)

    def test_called(self) -> None:
        """What a thread wants to have called is called in the thread of the test, in the next turn."""
        called: list[int] = []
        thread = Thread(target=self.network.reactor.callFromThread, args=(called.append, 5))
        thread.start()
        thread.join()
        self.assertEqual(called, [])
        self.network.settle()
        self.assertEqual(called, [5])

    def test_never(self) -> None:
        """A condition that does not come true ends the test."""
        times = iter(range(100))
        self.patch(network, "monotonic", lambda: next(times))
        self.assertRaises(AssertionError, self.network.until, lambda: False)
