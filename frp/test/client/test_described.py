"""Local services that are given as endpoint strings."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory

from frp.client.site import described
from frp.errors import LocalServiceDown
from frp.interfaces import IStream
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User


class DescribedTests(NetworkTestCase):
    """Somebody describes where a service is."""

    def test_connects(self) -> None:
        """The connection is a stream that reaches the service."""
        port = self.network.echo().port
        endpoint = described(self.network.reactor, f"tcp:127.0.0.1:{port}")
        connecting = endpoint.connect(Factory.forProtocol(User))
        self.network.settle()
        user: Any = self.successResultOf(connecting)
        self.assertTrue(IStream.providedBy(user.transport))
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, b"hello")

    def test_nobodyThere(self) -> None:
        """Where nobody answers, the error says what was dialled."""
        connecting = described(self.network.reactor, "tcp:127.0.0.1:9").connect(Factory.forProtocol(User))
        self.network.settle()
        error = self.failureResultOf(connecting, LocalServiceDown).value
        self.assertIn("dial tcp:127.0.0.1:9: ", error.detail)

    def test_meansNothing(self) -> None:
        """A text that no parser knows is refused, with the parser's reason."""
        error = self.assertRaises(LocalServiceDown, described, self.network.reactor, "carrier:pigeon")
        self.assertEqual(error.brief, "'carrier:pigeon' is no endpoint")
        self.assertIn("ValueError", error.detail)
