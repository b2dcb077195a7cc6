"""What every visitor plugin must do."""

from __future__ import annotations

from typing import Any

from zope.interface.verify import verifyObject

from frp.interfaces import IVisitor, IVisitorPlugin, IVisitorPluginSite
from frp.testing.contracts.visiting import VisitingContract
from frp.testing.network import Service

__all__ = ["VisitorPluginContract"]


class VisitorPluginContract(VisitingContract):
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

    family = IVisitorPlugin
    pause = 10.0
    treatments: tuple[dict[str, Any], ...] = (
        {"useEncryption": True},
        {"useCompression": True},
        {"useEncryption": True, "useCompression": True},
    )
    service: Service

    def tables(self, **keys: Any) -> dict[str, Any]:
        plugin = {"type": self.name, **self.table}
        whom = {"serverName": "p", "secretKey": "a secret", "bindPort": -1}
        return {"name": "v", "type": "stcp", **whom, "plugin": plugin, **keys}

    def visited(self) -> Service:
        self.service = self.network.service()
        return self.service

    def fromExample(self, example: dict[str, Any]) -> object:
        return self.configured(self.tables(plugin=example)).plugin

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IVisitorPlugin, self.kind())
        client = self.start()
        running = client.visitors.running["v"]
        site = running.site.forPlugin()
        verifyObject(IVisitorPluginSite, site)
        verifyObject(IVisitor, self.kind().visitor(running.config.plugin, site))

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

    def test_stops(self) -> None:
        """It goes with its client, and leaves nothing behind."""
        client = self.start()
        client.stopService()
        self.network.advance(1)
        before = len(self.service.users)
        self.network.advance(600)
        self.assertEqual(len(self.service.users), before)
