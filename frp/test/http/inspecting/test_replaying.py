"""Tests of requests that come from nobody."""

from __future__ import annotations

from typing import cast

from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import IExchange, IReceiver
from frp.http.inspecting.replaying import Replayed
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead


class Handling:
    """
    Takes the body, and has an answer in pieces.

    @ivar did: what it was told.
    """

    def __init__(self, exchange: Replayed, *, leaves: bool = False) -> None:
        self.did: list[object] = []
        self._exchange = exchange
        self._leaves = leaves

    def bodyReceived(self, data: bytes) -> None:
        self.did.append(data)
        if self._leaves:
            self._exchange.abort()

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.did.append(trailers)

    def exchangeLost(self, reason: Failure) -> None:
        reason.trap(ConnectionAborted)
        self.did.append("lost")

    def stopProducing(self) -> None:
        self.did.append("stopped")


class ReplayedTests(SynchronousTestCase):
    """An exchange in memory."""

    def setUp(self) -> None:
        self.exchange = self.made()

    def made(self, body: bytes = b"12345") -> Replayed:
        return Replayed(RequestHead(b"POST", b"/x", Fields([(b"A", b"b")])), body, secure=True)

    def over(self) -> bool:
        """Whether whoever waits has heard."""
        return self.exchange.over and self.exchange.done.called

    def test_facts(self) -> None:
        """It is an exchange, with the facts of the one before, and nobody's address."""
        verifyObject(IExchange, self.exchange)
        self.assertEqual((self.exchange.length, self.exchange.secure, self.exchange.canTakeOver), (5, True, False))
        self.assertEqual((self.exchange.peer.host, self.exchange.peer.port), ("127.0.0.1", 0))
        self.assertEqual(repr(self.exchange), "<b'POST' b'/x', again>")
        self.assertRaises(Unavailable, self.exchange.takeOver, 101)

    def test_body(self) -> None:
        """All of it comes at once; one that is empty has an end only."""
        for body, heard in ((b"12345", [b"12345", None]), (b"", [None])):
            exchange = self.made(body)
            handling = Handling(exchange)
            exchange.receive(cast(IReceiver, handling))
            self.assertEqual(handling.did, heard)

    def test_answered(self) -> None:
        """It is over with the end of the answer, which nobody keeps here."""
        self.exchange.answer(200)
        self.assertTrue(self.exchange.answered)
        self.exchange.write(b"abc")
        self.exchange.writeSequence([b"d"])
        self.assertFalse(self.over())
        self.exchange.finish()
        self.assertTrue(self.over())

    def test_replied(self) -> None:
        """A whole answer ends it; there is no second one."""
        self.exchange.reply(200, {}, b"abc")
        self.assertTrue(self.over())
        self.assertRaises(LocalWireError, self.exchange.reply, 200)

    def test_aborted(self) -> None:
        """Whoever answers may break off, more than once; what it writes with is stopped."""
        handling = Handling(self.exchange)
        self.exchange.registerProducer(cast(IPushProducer, handling), True)
        self.exchange.abort()
        self.exchange.abort()
        self.assertTrue(self.over())
        self.assertEqual(handling.did, ["stopped"])

    def test_abortedEarly(self) -> None:
        """Whoever breaks off at the body does not hear of its end."""
        handling = Handling(self.exchange, leaves=True)
        self.exchange.receive(cast(IReceiver, handling))
        self.assertEqual((handling.did, self.over()), ([b"12345"], True))

    def test_left(self) -> None:
        """Whoever answers hears that nobody waits, once; what it writes later goes nowhere."""
        handling = Handling(self.exchange)
        self.exchange.receive(cast(IReceiver, handling))
        self.exchange.registerProducer(cast(IPushProducer, handling), True)
        self.exchange.leave()
        self.exchange.leave()
        self.assertEqual(handling.did, [b"12345", None, "stopped", "lost"])
        self.assertTrue(self.over())
        self.exchange.write(b"abc")
        late = Handling(self.exchange)
        self.exchange.registerProducer(cast(IPushProducer, late), True)
        self.assertEqual(late.did, ["stopped"])

    def test_leftUnheard(self) -> None:
        """Nobody need have asked for the body."""
        self.exchange.leave()
        self.assertTrue(self.over())
