"""What every visitor must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli
from zope.interface.verify import verifyObject

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.errors import ConfigErrors
from frp.interfaces import IVisitor, IVisitorKind, IVisitorSite
from frp.testing.contracts.outcomes import sessionOf

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object

__all__ = ["VisitorContract"]


class VisitorContract(_Base):
    """
    A type of visitor, from its configuration to its users. It visits an echo that another client publishes as C{p}.

    @cvar name: what stands in C{visitors[].type}.
    @cvar proxyType: the type of the proxy that it visits.
    @cvar table: the keys that it needs besides those of L{VisitorConfig<frp.config.visitor.VisitorConfig>}.
    @cvar port: where its users come, over TCP.
    @cvar treatments: the C{transport} tables under which it works.
    """

    name = ""
    proxyType = "stcp"
    table: dict[str, Any] = {}
    port = 6000
    treatments: tuple[dict[str, Any], ...] = ({"useEncryption": True}, {"useCompression": True})

    def use(self) -> None:
        """Be a user at L{port}, and fail when the visitor does not do what it is for."""
        raise NotImplementedError

    def kind(self) -> Any:
        """The kind, as the programs find it."""
        return self.network.registry.get(IVisitorKind, self.name)

    def tables(self, **keys: Any) -> dict[str, Any]:
        """The visitor's table."""
        whom = {"serverName": "p", "secretKey": "a secret", "bindPort": self.port}
        return {"name": "v", "type": self.name, **whom, **self.table, **keys}

    def publish(self) -> FRPClient:
        """Start frps, and a client with what is visited."""
        self.network.server()
        port = self.network.echo().port
        return self.network.client(
            proxies=[{"name": "p", "type": self.proxyType, "secretKey": "a secret", "localPort": port}]
        )

    def start(self, **keys: Any) -> FRPClient:
        """Start all three; the visitor must take users."""
        self.publish()
        client = self.network.client(visitors=[self.tables(**keys)])
        running = client.visitors.running["v"]
        self.assertTrue(running.opened, running.error)
        return client

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IVisitorKind, self.kind())
        client = self.start()
        config = clientFromValues({"visitors": [self.tables()]}, registry=self.network.registry).config.visitors[0]
        site = client.visitors.running["v"].site
        verifyObject(IVisitorSite, site)
        verifyObject(IVisitor, self.kind().visitor(config, site))

    def test_examples(self) -> None:
        """Every example can be used as it stands."""
        self.assertTrue(self.kind().examples)
        for example in self.kind().examples:
            values = {"visitors": [tomli.loads(example)]}
            try:
                (config,) = clientFromValues(values, registry=self.network.registry).config.visitors
            except ConfigErrors as error:
                raise AssertionError(f"{example}: {error}") from error
            self.assertIsInstance(config, self.kind().schema)

    def test_use(self) -> None:
        """It does what it is for."""
        self.start()
        self.use()

    def test_treatments(self) -> None:
        """Encryption and compression change nothing for its users."""
        for number, transport in enumerate(self.treatments):
            self.network.bindPort = 7000 + number
            self.start(transport=transport)
            self.use()
            self.assertEqual(self.network.stop(), [])

    def test_sessions(self) -> None:
        """It serves again when its client has lost its session and has another one."""
        client = self.start()
        self.network.carrier(client).cut()
        self.network.advance(5)
        sessionOf(client)
        self.use()

    def test_nobodyThere(self) -> None:
        """Where nobody publishes what it visits, users are dropped, and it serves when somebody does."""
        self.start()
        publisher = self.network.clients[0]
        publisher.stopService()
        self.network.advance(1)
        user = self.network.user(self.port)
        user.send(b"x")
        self.network.advance(60)
        self.assertTrue(user.closed)
        publisher.startService()
        self.network.advance(1)
        self.use()

    def test_stops(self) -> None:
        """It goes with its client, and its port can be bound again."""
        client = self.start()
        client.stopService()
        self.network.advance(1)
        self.assertNotIn(self.port, self.network.reactor.ports)
        self.assertNotIn(self.port, self.network.reactor.udpPorts)
