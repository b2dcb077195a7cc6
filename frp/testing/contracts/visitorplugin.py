"""What every visitor plugin must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli
from zope.interface.verify import verifyObject

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.errors import ConfigErrors
from frp.interfaces import IVisitor, IVisitorPlugin, IVisitorPluginSite
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import Service

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object

__all__ = ["VisitorPluginContract"]


class VisitorPluginContract(_Base):
    """
    A visitor plugin, from its configuration to what it does. Its visitor, a stcp one without a port, visits a service
    that another client publishes as C{p}.

    @cvar name: what stands in C{visitors[].plugin.type}.
    @cvar table: the keys that its C{plugin} table needs besides C{type}.
    @cvar settings: what else its client's configuration needs.
    @cvar pause: seconds after which it has come back when the session has, or the proxy.
    @cvar treatments: the visitor's C{transport} tables under which it works.
    @ivar service: what is visited; it keeps what it hears, and says nothing by itself.
    """

    name = ""
    table: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    pause = 10.0
    treatments: tuple[dict[str, Any], ...] = (
        {"useEncryption": True},
        {"useCompression": True},
        {"useEncryption": True, "useCompression": True},
    )
    service: Service

    def use(self) -> None:
        """Fail when the plugin does not do what it is for."""
        raise NotImplementedError

    def kind(self) -> Any:
        """The kind, as the programs find it."""
        return self.network.registry.get(IVisitorPlugin, self.name)

    def tables(self, **keys: Any) -> dict[str, Any]:
        """The visitor's table; C{keys} are its own."""
        plugin = {"type": self.name, **self.table}
        whom = {"serverName": "p", "secretKey": "a secret", "bindPort": -1}
        return {"name": "v", "type": "stcp", **whom, "plugin": plugin, **keys}

    def publish(self) -> FRPClient:
        """Start frps, and a client with what is visited."""
        self.network.server()
        self.service = self.network.service()
        port = self.service.port
        return self.network.client(proxies=[{"name": "p", "type": "stcp", "secretKey": "a secret", "localPort": port}])

    def start(self, **keys: Any) -> FRPClient:
        """Start all three; the visitor must be open."""
        self.publish()
        client = self.network.client(visitors=[self.tables(**keys)], **self.settings)
        running = client.visitors.running["v"]
        self.assertTrue(running.opened, running.error)
        return client

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IVisitorPlugin, self.kind())
        client = self.start()
        running = client.visitors.running["v"]
        site = running.site.forPlugin()
        verifyObject(IVisitorPluginSite, site)
        verifyObject(IVisitor, self.kind().visitor(running.config.plugin, site))

    def test_examples(self) -> None:
        """Every example can be used as it stands."""
        self.assertTrue(self.kind().examples)
        for example in self.kind().examples:
            values = {"visitors": [self.tables(plugin=tomli.loads(example))]}
            try:
                (config,) = clientFromValues(values, registry=self.network.registry).config.visitors
            except ConfigErrors as error:
                raise AssertionError(f"{example}: {error}") from error
            self.assertIsInstance(config.plugin, self.kind().schema)

    def test_use(self) -> None:
        """It does what it is for."""
        self.start()
        self.use()

    def test_treatments(self) -> None:
        """Encryption and compression change nothing for it."""
        for number, transport in enumerate(self.treatments):
            self.network.bindPort = 7000 + number
            self.start(transport=transport)
            self.use()
            self.assertEqual(self.network.stop(), [])

    def test_comesAndGoes(self) -> None:
        """Its visitor can be removed, which ends what it has with the service, and come back."""
        client = self.start()
        visitors = client.config.visitors
        self.use()
        client.update([], [])
        self.network.advance(1)
        self.assertEqual(len(client.flowing), 0)
        client.update([], visitors)
        self.network.settle()
        self.use()

    def test_sessions(self) -> None:
        """It works again when its client has lost its session and has another one."""
        client = self.start()
        self.network.carrier(client).cut()
        self.network.advance(5 + self.pause)
        sessionOf(client)
        self.use()

    def test_stops(self) -> None:
        """It goes with its client, and leaves nothing behind."""
        client = self.start()
        client.stopService()
        self.network.advance(1)
        before = len(self.service.users)
        self.network.advance(600)
        self.assertEqual(len(self.service.users), before)
