"""Client plugins that answer with applications of Python, which work in threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from zope.interface import implementer

from frp.config.proxy import PluginConfig
from frp.config.schema import table
from frp.http.apps.asgi import ASGIServer
from frp.http.apps.wsgi import WSGIServer
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.kinds import Contribution
from frp.testing.live import LiveTestCase
from frp.testing.misbehaving import registryWith


@table
class AppConfig(PluginConfig):
    """An application."""


@implementer(IClientPlugin)
class Applied:
    """Answers with what C{make} makes of its site."""

    schema = AppConfig
    examples = ('type = "wsgi"\n',)

    def __init__(self, make: Callable[[IClientPluginSite], IProtocolFactory]) -> None:
        self._make = make

    def factory(self, config: AppConfig, site: IClientPluginSite) -> IProtocolFactory:
        return self._make(site)


def byWSGI(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Says what was asked for."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"wsgi " + environ["PATH_INFO"].encode()]


async def byASGI(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Says the same."""
    if scope["type"] != "http":
        raise ValueError("only HTTP")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"asgi " + scope["path"].encode()})


class ApplicationTests(LiveTestCase):
    """One plugin of each."""

    registry = registryWith(
        Contribution(IClientPlugin, "wsgi", "a WSGI application", Applied(lambda site: WSGIServer(byWSGI, site))),
        Contribution(IClientPlugin, "asgi", "an ASGI application", Applied(lambda site: ASGIServer(byASGI, site))),
    )

    async def answer(self, plugin: str) -> bytes:
        """@return: what a user of a proxy with this plugin gets for its request."""
        server = await self.server()
        client = await self.client(server, [{"name": "a", "type": "tcp", "plugin": {"type": plugin}}])
        user = await self.user(self.port(client, "a"))
        user.transport.write(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await user.ended
        return user.received

    async def test_wsgi(self) -> None:
        """A WSGI application answers in a thread."""
        received = await self.answer("wsgi")
        self.assertTrue(received.startswith(b"HTTP/1.1 200 OK\r\n"), received)
        self.assertIn(b"wsgi /x", received)

    async def test_asgi(self) -> None:
        """An ASGI application answers in a loop."""
        received = await self.answer("asgi")
        self.assertTrue(received.startswith(b"HTTP/1.1 200 OK\r\n"), received)
        self.assertIn(b"asgi /x", received)
