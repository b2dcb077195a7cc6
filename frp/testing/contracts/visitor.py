"""What every visitor must do."""

from __future__ import annotations

from typing import Any

from zope.interface.verify import verifyObject

from frp.interfaces import IVisitor, IVisitorKind, IVisitorSite
from frp.testing.contracts.visiting import VisitingContract

__all__ = ["VisitorContract"]


class VisitorContract(VisitingContract):
    """
    A type of visitor, from its configuration to its users. It visits an echo that another client publishes as C{p}.

    @cvar name: what stands in C{visitors[].type}.
    @cvar proxyType: the type of the proxy that it visits.
    @cvar table: the keys that it needs besides those of L{VisitorConfig<frp.config.visitor.VisitorConfig>}.
    @cvar port: where its users come, over TCP.
    @cvar treatments: the C{transport} tables under which it works.
    """

    family = IVisitorKind
    port = 6000
    treatments: tuple[dict[str, Any], ...] = ({"useEncryption": True}, {"useCompression": True})

    def use(self) -> None:
        """Be a user at L{port}, and fail when the visitor does not do what it is for."""
        raise NotImplementedError

    def tables(self, **keys: Any) -> dict[str, Any]:
        whom = {"serverName": "p", "secretKey": "a secret", "bindPort": self.port}
        return {"name": "v", "type": self.name, **whom, **self.table, **keys}

    def fromExample(self, example: dict[str, Any]) -> object:
        return self.configured(example)

    def test_interfaces(self) -> None:
        """The kind and what it makes provide what they promise."""
        verifyObject(IVisitorKind, self.kind())
        client = self.start()
        site = client.visitors.running["v"].site
        verifyObject(IVisitorSite, site)
        verifyObject(IVisitor, self.kind().visitor(self.configured(self.tables()), site))

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
