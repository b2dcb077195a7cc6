"""What every gateway must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface.verify import verifyObject

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.config.serverfile import serverFromValues
from frp.errors import FRPError, Refused
from frp.interfaces import IGateway, IGatewayKind
from frp.testing.contracts.examples import examplesOf
from frp.testing.contracts.outcomes import sessionOf

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object

__all__ = ["GatewayContract"]


class GatewayContract(_Base):
    """
    A door of frps that proxies share, with proxies behind it.

    @cvar name: of the gateway.
    @cvar port: where its users come.
    @cvar serverSettings: what frps needs for it, such as C{{"gateways": [{"type": name}]}}.
    @cvar beginning: what users must say before a proxy gets them, without the end of it; empty where that is nothing.
    """

    name = ""
    port = 0
    serverSettings: dict[str, Any] = {}
    beginning = b""

    def proxy(self, number: int) -> dict[str, Any]:
        """@return: the table of one of the proxies behind it; each number has a name of its own."""
        raise NotImplementedError

    def use(self) -> None:
        """Be a user at L{port}, and fail when no proxy behind it serves."""
        raise NotImplementedError

    def start(self, count: int = 1) -> FRPClient:
        """Start both services with some proxies, which must run."""
        self.network.server(**self.serverSettings)
        client = self.network.client(proxies=[self.proxy(number) for number in range(count)])
        for running in sessionOf(client).proxies.values():
            self.assertIs(running.phase, Phase.RUNNING, running.error)
        return client

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IGatewayKind, self.network.registry.get(IGatewayKind, self.name))
        server = self.network.server(**self.serverSettings)
        verifyObject(IGateway, server.gateways.get(self.name))

    def test_examples(self) -> None:
        """If it is configured by a table, every example can be used as it stands."""
        registry = self.network.registry
        for table in examplesOf(registry.get(IGatewayKind, self.name)):
            serverFromValues({"gateways": [table]}, registry=registry)

    def test_use(self) -> None:
        """Users are served through it; each of many, and those of many proxies."""
        self.start(3)
        for _ in range(6):
            self.use()

    def test_comesAndGoes(self) -> None:
        """Its proxies can be removed and come back at once."""
        client = self.start(2)
        for _ in range(3):
            client.update([])
            self.network.settle()
            client.update(self.network.proxies(self.proxy(0)))
            self.network.settle()
            self.use()

    def test_nobody(self) -> None:
        """Who comes while no proxy is there is not kept waiting for ever."""
        self.network.server(**self.serverSettings)
        user = self.network.user(self.port)
        user.send(b"\r\n\r\n")
        self.network.advance(120)
        self.assertTrue(user.closed)

    def test_silence(self) -> None:
        """Who says nothing, or never all of it, holds nobody up, and is not waited for without end."""
        if not self.beginning:
            return
        self.start()
        users = [self.network.user(self.port) for _ in range(20)]
        for user in users[10:]:
            user.send(self.beginning)
        self.use()
        self.network.advance(120)
        self.assertTrue(all(user.closed for user in users))

    def test_junk(self) -> None:
        """What means nothing harms only who says it."""
        if not self.beginning:
            return
        self.start()
        for junk in (b"\0" * 1000, b"\xff" * 100_000, self.beginning + b"\xff" * 100_000):
            user = self.network.user(self.port)
            user.send(junk)
            self.network.advance(120)
            self.assertTrue(user.closed)
        self.use()

    def test_off(self) -> None:
        """A server that was not told to open it does not, and refuses its proxies."""
        if not self.serverSettings:
            return
        server = self.network.server()
        self.assertRaises(Refused, server.gateways.get, self.name)
        client = self.network.client(proxies=[self.proxy(0)])
        self.assertTrue(next(iter(sessionOf(client).proxies.values())).error)

    def test_clientGoes(self) -> None:
        """Its proxies go with their client, and others may take their place."""
        client = self.start(2)
        client.stopService()
        self.network.advance(1)
        self.network.client(proxies=[self.proxy(0)])
        self.use()

    def test_portTaken(self) -> None:
        """Where its port cannot be had frps does not start, and says why."""
        self.network.reactor.taken.add(self.port)
        self.assertRaises(FRPError, self.network.server, **self.serverSettings)
        self.network.reactor.taken.discard(self.port)
        self.start()
        self.use()

    def test_stops(self) -> None:
        """It goes with its server, and its port can be bound again."""
        self.start()
        user = self.network.user(self.port)
        user.send(self.beginning)
        self.network.settle()
        self.network.servers[0].stopService()
        self.network.advance(1)
        self.assertNotIn(self.port, self.network.reactor.ports)
        self.assertTrue(user.closed)
