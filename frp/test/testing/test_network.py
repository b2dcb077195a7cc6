"""Users and services in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.threads import deferToThreadPool

from frp.interfaces import IProxyKind
from frp.kinds import Contribution
from frp.proxies.tcp import TCP
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import registryWith


class UserTests(NetworkTestCase):
    """A test uses a port on which nobody is."""

    def test_refused(self) -> None:
        """Whatever it lets that user do fails, and names the port."""
        user = self.network.user(6000)
        for act in (lambda: user.send(b"x"), user.end, user.close, user.abort):
            error = self.assertRaises(AssertionError, act)
            self.assertEqual(str(error), "port 6000 refused this user: nobody listens there")

    def test_silent(self) -> None:
        """So it is while nobody answers."""
        self.network.silence(6000)
        user = self.network.user(6000)
        error = self.assertRaises(AssertionError, user.send, b"x")
        self.assertEqual(str(error), "port 6000 has not answered this user yet")
        self.network.advance(60)

    def test_clock(self) -> None:
        """The clock begins where the page says."""
        self.assertEqual(self.network.reactor.seconds(), 1700000000)


class Thinking(TCP):
    """Both halves note what a thread says."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def _think(self, site: Any) -> None:
        clock = site.clock
        deferToThreadPool(clock, clock.getThreadPool(), sum, [1, 2]).addCallback(self.heard.append)

    def serverProxy(self, message: Any, site: Any) -> Any:
        """As tcp."""
        self._think(site)
        return super().serverProxy(message, site)

    def clientProxy(self, config: Any, site: Any) -> Any:  # type: ignore[override]  # TCP's is a class
        """As tcp."""
        self._think(site)
        return TCP.clientProxy(config, site)


class ProxyThreadTests(NetworkTestCase):
    """A type of proxy with work that blocks."""

    def test_clock(self) -> None:
        """The clock of both halves' sites is the reactor, with its threads."""
        kind = Thinking()
        self.network.registry = registryWith(Contribution(IProxyKind, "tcp", "for tests", kind))
        self.network.server()
        self.network.client(proxies=[{"name": "p", "type": "tcp", "localPort": 1, "remotePort": 6000}])
        self.assertEqual(kind.heard, [3, 3])
