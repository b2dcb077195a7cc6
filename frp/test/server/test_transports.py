"""
Transports of others that have keys of their own.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from frp.config.schema import key, table
from frp.interfaces import IConfigured, IDialSite, IListenSite, ISession, ITunnelTransport
from frp.kinds import Contribution, Registry
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import dialSiteOf
from frp.transports.tcp import TCP


@table
class BirdConfig:
    """TCP, by another name."""

    birds: int = key(2, "How many there are.")


@implementer(ITunnelTransport, IConfigured)
class Bird(TCP):
    """
    The kind.

    @cvar given: the tables that it got, in this order.
    """

    schema = BirdConfig
    examples = ("birds = 3\n",)
    given: list[Any] = []

    def dial(self, site: IDialSite) -> Deferred[ISession]:
        """As TCP does."""
        self.given.append(site.table)
        return super().dial(site)

    def listen(self, site: IListenSite) -> None:
        """TCP answers for it."""
        self.given.append(site.table)


class TableTests(NetworkTestCase):
    """A transport gets the keys of its table."""

    registry = Registry(
        find=lambda: [
            *Registry().contributions(),
            Contribution(ITunnelTransport, "bird", "TCP, by another name", "frp.test.server.test_transports.Bird"),
        ]
    )

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(Bird.given.clear)

    def test_given(self) -> None:
        """Those that are configured, on each side its own."""
        self.network.server(transport={"bird": {"birds": 3}})
        client = self.network.client(transport={"protocol": "bird", "bird": {"birds": 4}})
        self.assertIsNotNone(client.session)
        self.assertEqual(Bird.given, [BirdConfig(birds=3), BirdConfig(birds=4)])

    def test_defaults(self) -> None:
        """All defaults, where nothing is said."""
        self.network.server()
        self.network.client(transport={"protocol": "bird"})
        self.assertEqual(Bird.given, [BirdConfig(), BirdConfig()])

    def test_notInUse(self) -> None:
        """A transport without keys has no table, whatever another one has."""
        self.network.server()
        client = self.network.client(transport={"bird": {"birds": 4}})
        self.assertIsNone(dialSiteOf(client).table)
        self.assertEqual(Bird.given, [BirdConfig()])
