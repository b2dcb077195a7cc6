"""Who keeps a UDP port supplied with streams."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import NoWorkStream
from frp.logs import Log
from frp.session.datagrams import Losses
from frp.session.linkkeeper import LinkKeeper
from frp.sockets.plain import PlainStream
from frp.wire.dialects import dialectNamed
from frp.wire.messages import Ping


class LinkKeeperTests(SynchronousTestCase):
    """Streams come when the test gives them."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Deferred[None]] = []
        self.lost: list[str] = []
        self.failed: list[Failure] = []
        self.keeper = self.make(eager=True)

    def make(self, *, eager: bool) -> LinkKeeper:
        """@return: one that writes down what it does."""
        self.dialect = dialect = dialectNamed("v1")
        losses = Losses(self.clock, Log("frp.test"))
        return LinkKeeper(
            dialect, self.clock, losses, lambda _: None, self.fetch, self.lost.append, self.failed.append, eager=eager
        )

    def fetch(self) -> Deferred[None]:
        """Somebody is asked for a stream."""
        self.asked.append(Deferred())
        return self.asked[-1]

    def give(self) -> tuple[Protocol, StringTransport]:
        """The stream that was asked for last comes."""
        protocol, transport = self.keeper.protocol(), StringTransport()
        PlainStream(protocol).makeConnection(transport)
        self.asked[-1].callback(None)
        return protocol, transport

    def end(self, protocol: Protocol) -> None:
        """The peer closes a stream."""
        protocol.connectionLost(Failure(ConnectionDone()))

    def test_first(self) -> None:
        """The first stream is asked for when it is time, once."""
        self.keeper.start(0.5)
        self.clock.advance(0.4)
        self.assertEqual(len(self.asked), 0)
        self.clock.advance(0.1)
        self.clock.advance(100)
        self.assertEqual(len(self.asked), 1)

    def test_next(self) -> None:
        """When a stream ends that has lived, another one is asked for at once; else after a pause."""
        self.keeper.start(0)
        self.clock.advance(0)
        protocol, _ = self.give()
        self.clock.advance(5)
        self.end(protocol)
        self.clock.advance(0)
        self.assertEqual(len(self.asked), 2)
        protocol, _ = self.give()
        self.end(protocol)
        self.clock.advance(0.9)
        self.assertEqual(len(self.asked), 2)
        self.clock.advance(0.1)
        self.assertEqual(len(self.asked), 3)
        self.assertEqual(len(self.lost), 2)

    def test_none(self) -> None:
        """Where there is no stream it is said, and asked again after a pause."""
        self.keeper.start(0)
        self.clock.advance(0)
        self.asked[0].errback(NoWorkStream("none"))
        self.assertEqual([type(failure.value) for failure in self.failed], [NoWorkStream])
        self.clock.advance(1)
        self.assertEqual(len(self.asked), 2)

    def test_silent(self) -> None:
        """A stream on which nothing comes for a minute is closed; a ping is enough to keep it."""
        self.keeper.start(0)
        self.clock.advance(0)
        protocol, transport = self.give()
        self.clock.advance(50)
        protocol.dataReceived(self.dialect.encode(Ping()))
        self.clock.advance(59)
        self.assertFalse(transport.disconnecting)
        self.clock.advance(1)
        self.assertTrue(transport.disconnecting)
        self.assertEqual(self.lost, ["nothing came for 60 s, not even a ping"])
        self.clock.advance(0)
        self.assertEqual(len(self.asked), 2)

    def test_lazy(self) -> None:
        """One that is not eager asks when a datagram waits, and not again while the answer is out."""
        self.keeper = self.make(eager=False)
        self.keeper.send([(b"a", ("192.0.2.1", 1))])
        self.keeper.send([(b"b", ("192.0.2.1", 1))])
        self.assertEqual(len(self.asked), 1)
        protocol, transport = self.give()
        self.assertIn(b"192.0.2.1", transport.value())
        self.clock.advance(5)
        self.end(protocol)
        self.clock.advance(100)
        self.assertEqual(len(self.asked), 1)

    def test_stopped(self) -> None:
        """One that has stopped closes its stream, asks for no other, and says nothing of one that fails."""
        self.keeper.start(0)
        self.clock.advance(0)
        _, transport = self.give()
        self.keeper.stop()
        self.assertTrue(transport.disconnecting)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.keeper = self.make(eager=True)
        self.keeper.start(0)
        self.clock.advance(0)
        self.keeper.stop()
        self.asked[-1].errback(NoWorkStream("none"))
        self.assertEqual((self.failed, self.clock.getDelayedCalls()), ([], []))
