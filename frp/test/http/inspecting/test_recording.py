"""Tests of exchanges that are looked at and written down, without a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.errors import LocalWireError
from frp.http.exchange import Handler, IExchange, IReceiver
from frp.http.inspecting.recording import Recorder
from frp.http.inspecting.records import KeptBody, Record, Redaction
from frp.http.inspecting.replaying import Replayed
from frp.http.observing import Observed, observe
from frp.interfaces import IStream
from frp.test.http.inspecting.test_records import record
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead

SECRET = Fields([(b"Content-Type", b"text/plain"), (b"Set-Cookie", b"a=b")])

KEPT = [("Content-Type", "text/plain"), ("Set-Cookie", "***")]


class Asked(Replayed):
    """
    What is below.

    @ivar did: the calls that came through.
    """

    def __init__(self) -> None:
        super().__init__(RequestHead(b"GET", b"/x", Fields()), b"", secure=False)
        self.did: list[tuple[Any, ...]] = []
        self.taker: IReceiver | None = None

    def receive(self, receiver: IReceiver) -> None:
        self.taker = receiver

    def write(self, data: bytes) -> None:
        self.did.append(("write", data))

    def inform(self, status: int, fields: Fields | None = None) -> None:
        self.did.append(("inform", status))

    def flush(self) -> None:
        self.did.append(("flush",))

    def explain(self, reason: str) -> None:
        self.did.append(("explain", reason))

    def takeOver(self, status: int = 0, fields: Fields | None = None) -> tuple[IStream, bytes]:
        self.did.append(("takeOver", status))
        return cast(IStream, "stream"), b"rest"


class Heard:
    """Takes a body."""

    def __init__(self) -> None:
        self.did: list[object] = []
        self.lost: Callable[[], object] = lambda: self.did.append("lost")

    def bodyReceived(self, data: bytes) -> None:
        self.did.append(data)

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.did.append("ended")

    def exchangeLost(self, reason: Failure) -> None:
        self.lost()


class ObservedCase(SynchronousTestCase):
    """An exchange that somebody looks at."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.asked = Asked()
        self.ended: list[Record] = []

    def observe(self, handler: Handler = lambda exchange: None) -> Observed:
        self.record = record()
        self.record.at, self.record.body = 100.0, KeptBody(4)
        recorder = Recorder(self.record, Redaction.of(), self.clock.seconds, self.ended.append)
        observed = Observed(self.asked, recorder)
        observe(handler, observed)
        return observed

    def outcome(self) -> tuple[str, int]:
        """How it went, and how often that was said."""
        return self.record.outcome, len(self.ended)


class ObservedTests(ObservedCase):
    """What is written down, of what passes."""

    def test_interface(self) -> None:
        """A handler has all that it would have otherwise."""
        observed = self.observe()
        verifyObject(IExchange, observed)
        self.assertEqual(
            [getattr(observed, name) for name in ("head", "peer", "host", "secure", "serverName", "length")],
            [getattr(self.asked, name) for name in ("head", "peer", "host", "secure", "serverName", "length")],
        )
        self.assertEqual(repr(observed), "<b'GET' b'/x', again>")

    def test_answer(self) -> None:
        """Head, pieces and end, each with its time, and all of it passed on."""
        observed = self.observe()
        self.clock.advance(1)
        observed.inform(103)
        observed.answer(200, SECRET)
        observed.flush()
        observed.write(b"abc")
        observed.writeSequence([b"de", b"f"])
        self.assertEqual(self.outcome(), ("", 0))
        self.clock.advance(1)
        observed.finish()
        self.assertEqual(self.asked.did, [("inform", 103), ("flush",), ("write", b"abc"), ("write", b"def")])
        self.assertTrue(self.asked.over)
        self.assertEqual((self.record.status, self.record.responseFields), (200, KEPT))
        self.assertEqual((self.record.answered, self.record.took), (1.0, 2.0))
        body = self.record.responseBody
        self.assertEqual((bytes(body.kept), body.size, body.ended), (b"abcd", 6, True))
        self.assertEqual(self.outcome(), ("whole", 1))

    def test_reply(self) -> None:
        """A whole answer at once is one like any other."""
        self.observe().reply(404, {"A": "b"}, b"no")
        self.assertEqual((self.record.status, self.record.responseFields), (404, [("A", "b")]))
        self.assertTrue(self.record.responseBody.whole)
        self.assertEqual(self.outcome(), ("whole", 1))

    def test_refused(self) -> None:
        """An answer that cannot be sent is none."""
        observed = self.observe()
        self.assertRaises(LocalWireError, observed.reply, 200, {"A": "b\r\nC: d"}, b"")
        self.assertEqual((self.record.status, self.outcome()), (0, ("", 0)))

    def test_twice(self) -> None:
        """A second answer is refused, and does not stand in the place of the first."""
        observed = self.observe()
        observed.answer(200)
        self.assertRaises(LocalWireError, observed.answer, 500)
        self.assertRaises(LocalWireError, observed.reply, 500)
        self.assertEqual((self.record.status, self.outcome()), (200, ("", 0)))

    def test_aborted(self) -> None:
        """Before the head it is unanswered, behind it broken off; the first outcome counts."""
        for answer, outcome in (((), "unanswered"), ((200,), "aborted")):
            self.asked, self.ended = Asked(), []
            observed = self.observe()
            for status in answer:
                observed.answer(status)
            observed.explain("why")
            observed.abort()
            observed.abort()
            self.assertEqual(self.outcome(), (outcome, 1))
            self.assertEqual((self.record.trouble, self.asked.did), ("why", [("explain", "why")]))

    def test_bug(self) -> None:
        """What a handler raises goes on, and is its outcome."""
        self.assertRaises(ZeroDivisionError, self.observe, lambda exchange: 1 / 0)
        self.assertEqual(self.outcome(), ("failed", 1))

    def test_websocket(self) -> None:
        """What becomes another protocol is over with that; nothing of it is kept."""
        given = self.observe().takeOver(101, Fields([(b"Upgrade", b"websocket")]))
        self.assertEqual((given, self.asked.did), (("stream", b"rest"), [("takeOver", 101)]))
        self.assertEqual((self.record.status, self.record.responseFields), (101, [("Upgrade", "websocket")]))
        self.assertEqual((self.outcome(), self.record.responseBody.size), (("upgraded", 1), 0))

    def test_tunnel(self) -> None:
        """One that is taken without a head has no status."""
        self.observe().takeOver()
        self.assertEqual((self.record.status, self.outcome()), (0, ("upgraded", 1)))


class BodyTests(ObservedCase):
    """The body of the request."""

    def receive(self) -> tuple[Heard, IReceiver]:
        """@return: the one who wants it, and whom it comes to."""
        heard = Heard()
        self.observe().receive(cast(IReceiver, heard))
        assert self.asked.taker is not None
        verifyObject(IReceiver, self.asked.taker)
        return heard, self.asked.taker

    def test_body(self) -> None:
        """It is heard, and its beginning kept."""
        heard, taker = self.receive()
        taker.bodyReceived(b"abc")
        taker.bodyReceived(b"def")
        self.assertFalse(self.record.body.ended)
        taker.bodyEnded(None)
        self.assertEqual(heard.did, [b"abc", b"def", "ended"])
        self.assertEqual((bytes(self.record.body.kept), self.record.body.size), (b"abcd", 6))
        self.assertEqual((self.record.body.ended, self.outcome()), (True, ("", 0)))

    def test_endless(self) -> None:
        """One without an end passes, and takes no more than its limit."""
        _, taker = self.receive()
        for _ in range(1000):
            taker.bodyReceived(bytes(65536))
        self.assertEqual((len(self.record.body.kept), self.record.body.size), (4, 65_536_000))

    def test_left(self) -> None:
        """A user who goes is the outcome, whatever the handler does about it."""
        for act in (lambda observed: None, lambda observed: observed.abort()):
            self.asked, self.ended = Asked(), []
            self.check(act)

    def check(self, act: Callable[[Observed], object]) -> None:
        heard, observed = Heard(), self.observe()
        heard.lost = lambda: act(observed)
        observed.receive(cast(IReceiver, heard))
        assert self.asked.taker is not None
        self.asked.over = True
        self.asked.taker.exchangeLost(Failure(ConnectionDone()))
        self.assertEqual(self.outcome(), ("left", 1))
