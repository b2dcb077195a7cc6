"""A client in frps: its streams in memory, and their session."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.errors import LocalWireError, TunnelLost
from frp.interfaces import ISession
from frp.session.inhouse import FULL, MAX_QUEUE, InHouseSession
from frp.testing.contracts import StreamContract
from frp.testing.recording import Lines, Recorder, Recorders, Source


class Behind:
    """Somebody on the network."""

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.1", 50000)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.2", 2200)


def sessionTo(far: Protocol, clock: Clock) -> InHouseSession:
    """@return: one whose streams this protocol answers."""
    session = InHouseSession(Behind(), clock, Lines().log)
    session.accept = Recorders(lambda: far)
    return session


class ClientEndTests(StreamContract, SynchronousTestCase):
    """A stream, where it was opened."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()

    def connect(self, near: Protocol, far: Protocol) -> None:
        sessionTo(far, self.clock).connect(Recorders(lambda: near))

    def settle(self) -> None:
        self.clock.advance(0)


class ServerEndTests(ClientEndTests):
    """A stream, where it was answered."""

    def connect(self, near: Protocol, far: Protocol) -> None:
        super().connect(far, near)


class SessionTests(SynchronousTestCase):
    """The session."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.near, self.far = Recorder(), Recorder()
        self.session = sessionTo(self.far, self.clock)
        self.lost: list[BaseException] = []
        self.session.lost.addCallback(self.lost.append)
        opening = self.session.connect(Recorders(lambda: self.near))
        self.assertNoResult(opening)
        self.clock.advance(0)
        self.successResultOf(opening)

    def test_interface(self) -> None:
        """It is a session, at the addresses of whoever is behind the client."""
        verifyObject(ISession, self.session)
        self.assertEqual(self.near.transport.getPeer().host, "192.0.2.1")
        self.assertEqual(self.far.transport.getHost().port, 2200)

    def test_backPressure(self) -> None:
        """Whoever writes is paused when the other end holds much, and goes on when that is taken."""
        source = Source()
        self.near.transport.registerProducer(source, True)
        self.far.transport.pauseProducing()
        self.near.transport.write(bytes(FULL))
        self.assertFalse(source.paused)
        self.near.transport.write(b"x")
        self.assertTrue(source.paused)
        self.far.transport.resumeProducing()
        self.assertFalse(source.paused)
        self.assertEqual(len(self.far.received), FULL + 1)

    def test_boundless(self) -> None:
        """Who cannot be paused loses the stream in the end, and nothing else does."""
        self.far.transport.pauseProducing()
        for _ in range(MAX_QUEUE // 65536 + 1):
            self.near.transport.write(bytes(65536))
        self.assertIsNotNone(self.near.lost)
        self.assertEqual(self.lost, [])

    def test_close(self) -> None:
        """Closing flushes what was written, ends all streams, and says so once."""
        self.near.transport.write(b"last")
        self.session.close()
        self.session.close()
        self.session.abort()
        self.assertEqual(self.far.received, b"last")
        self.assertIsNotNone(self.far.lost)
        (error,) = self.lost
        self.assertIsInstance(error, TunnelLost)
        self.failureResultOf(self.session.connect(Factory()), TunnelLost)

    def test_nobody(self) -> None:
        """A stream that nobody answers is none."""
        self.session.accept = Recorders(lambda: None)
        opening = self.session.connect(Recorders(Recorder))
        self.clock.advance(0)
        self.failureResultOf(opening, LocalWireError)
        self.assertEqual(self.lost, [])

    def test_answers(self) -> None:
        """An answer does not come within the call that asks for it, nor does the end behind it."""

        def answer(data: bytes) -> None:
            self.far.transport.write(b"answer to " + data)
            self.far.transport.loseWriteConnection()

        self.far.onData = answer
        self.near.transport.write(b"question")
        self.assertEqual((self.near.received, self.near.ended), (b"", False))
        self.clock.advance(0)
        self.assertEqual((self.near.received, self.near.ended), (b"answer to question", True))

    def test_answersWait(self) -> None:
        """The same where the end is paused and resumed meanwhile."""
        self.far.onData = lambda data: self.far.transport.write(b"answer")
        self.near.transport.write(b"question")
        self.near.transport.pauseProducing()
        self.near.transport.resumeProducing()
        self.assertEqual(self.near.received, b"")
        self.near.transport.pauseProducing()
        self.clock.advance(0)
        self.assertEqual(self.near.received, b"")
        self.near.transport.resumeProducing()
        self.assertEqual(self.near.received, b"answer")

    def test_late(self) -> None:
        """A stream that was wanted before the end is not opened after it."""
        opening = self.session.connect(Recorders(Recorder))
        self.session.abort()
        self.clock.advance(0)
        self.failureResultOf(opening, TunnelLost)
