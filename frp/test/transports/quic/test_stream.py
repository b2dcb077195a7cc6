"""A stream of QUIC keeps the promises of all streams."""

from __future__ import annotations

from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.test.transports.quic.between import Between
from frp.testing.contracts import StreamContract
from frp.testing.recording import Recorders, WholeRecorder


class OpenedTests(StreamContract, SynchronousTestCase):
    """Where it was opened."""

    opener = True

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.between = Between(self.clock)
        self.addCleanup(self.between.abort)

    def settle(self) -> None:
        self.between.pump()

    def turn(self) -> None:
        super().turn()
        self.between.spend(0.002)

    def connect(self, near: Protocol, far: Protocol) -> None:
        opener, acceptor = (near, far) if self.opener else (far, near)
        self.between.server.accept = Recorders(lambda: acceptor)
        self.between.client.connect(Recorders(lambda: opener))
        # The peer hears of a stream with its first bytes.
        assert isinstance(opener, WholeRecorder)
        assert isinstance(acceptor, WholeRecorder)
        opener.transport.write(b"!")
        self.between.pump()
        self.assertEqual(acceptor.received, b"!")
        acceptor.received.clear()


class AcceptedTests(OpenedTests):
    """Where it was accepted."""

    opener = False
