"""Plugins of visitors: when they are opened, and the way that they take."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.visitor import VisitorPluginConfig
from frp.errors import FRPError
from frp.interfaces import IVisitor, IVisitorKind, IVisitorPlugin, Lead
from frp.kinds import Contribution, Registry
from frp.session.carrier import carrierOf
from frp.test.visitors.visiting import VisitingTestCase
from frp.testing.network import Network, User
from frp.visitors import stcp


@table
class NotingConfig(VisitorPluginConfig):
    """A plugin that notes what happens."""

    fault: str = key("", "What it says in place of opening.")


@implementer(IVisitor, IVisitorPlugin)
class Noting:
    """A plugin, and what it makes."""

    schema = NotingConfig
    examples = ()

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.fault = ""
        self.site: Any = None

    def visitor(self, config: NotingConfig, site: Any) -> Noting:
        self.site, self.fault = site, config.fault
        return self

    def open(self) -> None:
        self.events.append(f"plugin of {self.site.name} opens")
        if self.fault:
            raise FRPError(self.fault)

    def close(self) -> None:
        self.events.append("plugin closes")


@implementer(IVisitor, IVisitorKind)
class Detour:
    """A kind of visitor, and what it makes: it has a way of its own to what it visits."""

    schema = stcp.STCPVisitorConfig
    examples = ()

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.site: Any = None

    def visitor(self, config: Any, site: Any) -> Detour:
        self.site = site
        return self

    def open(self) -> None:
        self.events.append("visitor opens")
        self.site.through(self.lead)

    def close(self) -> None:
        self.events.append("visitor closes")

    def lead(self) -> Deferred[Lead]:
        self.events.append("own way")
        return carrierOf(self.site.other("w")).addCallback(lambda stream: Lead(stream, stream.halfClose, coded=False))


class VisitorPluginTests(VisitingTestCase):
    """A visitor of a third party, and its plugin."""

    def setUp(self) -> None:
        super().setUp()
        self.events: list[str] = []
        self.plugin = Noting(self.events)
        found = Registry()
        mine = [
            Contribution(IVisitorPlugin, "noting", "notes", self.plugin),
            Contribution(IVisitorKind, "detour", "has its way", Detour(self.events)),
        ]
        self.network = Network(Registry(find=lambda: [*found.contributions(), *mine]))
        self.network.server()
        self.publish()

    def plugged(self, type: str, **keys: Any) -> dict[str, Any]:
        """@return: the table of a visitor with the plugin, and no port."""
        return {**self.table(port=-1), "type": type, "plugin": {"type": "noting", **keys}}

    def reaches(self, endpoint: Any) -> bool:
        """Whether it leads to the echo."""
        connecting = endpoint.connect(Factory.forProtocol(User))
        self.network.settle()
        user = self.successResultOf(connecting)
        user.send(b"hello")
        self.network.advance(0.1)
        user.close()
        return bool(user.received == b"hello")

    def test_life(self) -> None:
        """It opens behind its visitor, and closes before it."""
        client = self.network.client(visitors=[self.plugged("detour")])
        client.update([], [])
        self.network.advance(1)
        self.assertEqual(self.events, ["visitor opens", "plugin of v opens", "plugin closes", "visitor closes"])

    def test_refused(self) -> None:
        """Where it cannot be opened the visitor is closed, and both are tried again."""
        client = self.network.client(visitors=[self.plugged("detour", fault="no")])
        self.assertEqual(client.visitors.running["v"].error, "no")
        self.assertEqual(self.events, ["visitor opens", "plugin of v opens", "plugin closes", "visitor closes"])
        self.network.advance(10)
        self.assertEqual(self.events[4:], self.events[:4])

    def test_frps(self) -> None:
        """Its way to the visited proxy is that of the site, by frps."""
        self.network.client(visitors=[self.plugged("stcp")])
        self.assertTrue(self.reaches(self.plugin.site))
        self.assertNotIn("own way", self.events)

    def test_ownWay(self) -> None:
        """A visitor with a way of its own lends it to the plugin, and to other visitors."""
        client = self.network.client(visitors=[self.plugged("detour"), self.table("w")])
        self.assertTrue(self.reaches(self.plugin.site))
        self.assertTrue(self.reaches(client.visitors.running["w"].site.other("v")))
        self.assertEqual(self.events.count("own way"), 2)
