"""A session without multiplexing."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.errors import TunnelLost
from frp.interfaces import ISession
from frp.session.plain import PlainSession
from frp.testing.recording import Recorders


@implementer(IStreamClientEndpoint)
class Endpoint:
    """Connects at once."""

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """@return: a protocol that was built."""
        return succeed(factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 7000)))


class PlainTests(SynchronousTestCase):
    """Each stream is a connection of its own."""

    def test_connect(self) -> None:
        """A stream is a connection of the endpoint."""
        session = PlainSession(Endpoint())
        verifyObject(ISession, session)
        recorders = Recorders()
        self.assertIs(self.successResultOf(session.connect(recorders)), recorders.built[0])

    def test_closed(self) -> None:
        """It lives as long as its user says, is lost once, and opens nothing after that."""
        session = PlainSession(Endpoint())
        self.assertNoResult(session.lost)
        session.close()
        session.abort()
        self.assertIsInstance(self.successResultOf(session.lost), TunnelLost)
        self.failureResultOf(session.connect(Recorders()), TunnelLost)
