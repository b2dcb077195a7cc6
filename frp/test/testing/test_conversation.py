"""Conversations with protocols."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.testing.conversation import Conversation


class Parrot(Protocol):
    """Says back what it hears, and hangs up after a while, or when told."""

    transport: ITransport

    def __init__(self, clock: IReactorTime | None = None) -> None:
        self._clock = clock

    def connectionMade(self) -> None:
        if self._clock is not None:
            self._clock.callLater(5, self.transport.loseConnection)

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data.upper())
        if b"!" in data:
            self.transport.loseConnection()


class ConversationTests(SynchronousTestCase):
    """A person writes a test of a protocol."""

    def fails(self, text: str) -> str:
        """What is said of a text that does not hold."""
        return str(self.assertRaises(AssertionError, Conversation(Factory.forProtocol(Parrot)).holds, text))

    def test_holds(self) -> None:
        """What is said on both sides is compared, whole, however it is cut."""
        for pieces in (0, 1, 2):
            Conversation(Factory.forProtocol(Parrot), pieces).holds(
                r"""
                # a comment
                user: a\x62c\n
                here: AB
                here: C\n
                open
                user: !
                here: !
                closed
                user leaves
                """
            )

    def test_fails(self) -> None:
        """What does not hold is told with its line."""
        self.assertEqual(self.fails("user: a\nhere: B"), "line 2: it should have said b'B', and said b'A'")
        self.assertEqual(self.fails("user: a\nuser: b"), "line 2: it should have said b'', and said b'A'")
        self.assertEqual(self.fails("\nclosed"), "line 2: the connection is open")
        self.assertRaises(ValueError, Conversation(Parrot()).holds, "him: a")

    def test_time(self) -> None:
        """Time passes as the text says."""
        clock = Clock()
        Conversation(Parrot(clock), clock=clock).holds("open\nafter 4.5 s\nopen\nafter 0.5 s\nclosed")
        self.assertIn("has no clock", self.fails("after 1 s"))
