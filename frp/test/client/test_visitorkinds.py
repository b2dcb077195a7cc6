"""Visitors of third parties."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.client.visitorsite import VisitorSite
from frp.errors import FRPError, Unavailable
from frp.interfaces import IVisitor, IVisitorKind
from frp.kinds import Contribution, Registry
from frp.test.visitors.visiting import VisitingTestCase
from frp.testing.network import User
from frp.visitors import stcp


@implementer(IVisitor)
class _ByHand:
    def __init__(self, site: VisitorSite, fault: str) -> None:
        self.site = site
        self.fault = fault

    def open(self) -> None:
        if self.fault == "refused":
            raise FRPError("not today", "not today: it is Sunday")
        if self.fault == "oops":
            raise ValueError(self.fault)

    def close(self) -> None:
        if self.fault == "ends badly":
            raise ValueError(self.fault)


@implementer(IVisitorKind)
class ByHand:
    """A third-party visitor."""

    schema = stcp.STCPVisitorConfig
    examples = ()

    def visitor(self, config: Any, site: Any) -> _ByHand:
        """As the interface says; the name of the visitor says how it fails."""
        assert IReactorTime.providedBy(site.clock)
        return _ByHand(site, "" if config.name == "v" else config.name)


def _withByHand() -> Registry:
    found = Registry()
    mine = Contribution(IVisitorKind, "hand", "by hand", "frp.test.client.test_visitorkinds.ByHand")
    return Registry(find=lambda: [*found.contributions(), mine])


class ThirdPartyTests(VisitingTestCase):
    """A visitor that somebody else wrote."""

    registry = _withByHand()

    def hand(self, name: str = "v") -> dict[str, Any]:
        """Its table."""
        return {"name": name, "type": "hand", "serverName": "secret", "secretKey": self.key, "bindPort": 1}

    def test_connect(self) -> None:
        """The site is an endpoint of the visited proxy: any Twisted protocol runs over it."""
        self.network.server()
        self.publish()
        client = self.network.client(visitors=[{**self.hand(), "transport": {"useEncryption": True}}])
        site = client.visitors.running["v"].site
        connecting = site.connect(Factory.forProtocol(User))
        self.network.settle()
        user = self.successResultOf(connecting)
        user.send(b"hello")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello")
        user.close()
        self.network.advance(0.1)
        self.assertIsNotNone(user.lost)

    def test_other(self) -> None:
        """It may go where another visitor of its client leads, on that one's terms, as long as there is such a one."""
        self.network.server()
        self.publish()
        elsewhere = {**self.hand(), "serverName": "nothing"}
        client = self.network.client(visitors=[elsewhere, {**self.table("w"), "transport": {"useCompression": True}}])
        other = client.visitors.running["v"].site.other("w")
        connecting = other.connect(Factory.forProtocol(User))
        self.network.settle()
        user: Any = self.successResultOf(connecting)
        user.send(b"hello")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello")
        user.close()
        client.update([], self.network.visitors(elsewhere))
        self.network.advance(0.1)
        self.failureResultOf(other.connect(Factory.forProtocol(User)), Unavailable)

    def test_cancelled(self) -> None:
        """A connection that nobody wants any more is given up."""
        self.network.server()
        client = self.network.client(visitors=[self.hand()])
        connecting = client.visitors.running["v"].site.connect(Factory.forProtocol(User))
        connecting.cancel()
        self.network.settle()
        self.failureResultOf(connecting)

    def test_refused(self) -> None:
        """One that raises is tried again; the others are served."""
        self.network.server()
        self.publish()
        self.network.client(visitors=[self.hand("refused"), self.table()])
        self.assertEqual(self.logged("[refused] start error: not today: it is Sunday"), 1)
        self.assertTrue(self.served())
        self.network.advance(10)
        self.assertEqual(self.logged("[refused] start error"), 2)

    def test_bug(self) -> None:
        """A bug in one has its traceback in the log, and harms no other."""
        self.network.server()
        self.publish()
        self.network.client(visitors=[self.hand("oops"), self.table()])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertTrue(self.served())

    def test_endsBadly(self) -> None:
        """One that cannot be closed is gone all the same."""
        self.network.server()
        client = self.network.client(visitors=[self.hand("ends badly")])
        client.update([], [])
        self.network.advance(1)
        self.assertEqual(client.visitors.running, {})
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
