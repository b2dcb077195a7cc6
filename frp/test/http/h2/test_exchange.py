"""Requests and responses over HTTP/2."""

from __future__ import annotations

from h2.events import DataReceived, InformationalResponseReceived, ResponseReceived, StreamEnded, TrailersReceived
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import IExchange
from frp.http.h2.exchange import HIGH
from frp.http.h2.frames import STREAM_WINDOW
from frp.test.http.h2.user import GET, Receiver, User
from frp.wire.http.fields import Fields

POST = [(":method", "POST"), *GET[1:]]


class _Producer:
    """A source that is told when to stop."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class RequestTests(SynchronousTestCase):
    """What a handler is given."""

    def test_head(self) -> None:
        """The head is that of HTTP/1, with the authority as Host and the cookie in one."""
        user = User()
        exchange = user.request(headers=[*GET, ("a", "1"), ("cookie", "b=2"), ("te", "trailers"), ("cookie", "c=3")])
        verifyObject(IExchange, exchange)
        head = exchange.head
        self.assertEqual((head.method, head.target, head.version), (b"GET", b"/", b"HTTP/2.0"))
        self.assertEqual(
            head.fields.pairs,
            [(b"host", b"x.example"), (b"a", b"1"), (b"te", b"trailers"), (b"cookie", b"b=2; c=3")],
        )
        self.assertEqual((exchange.length, exchange.peer.host, exchange.secure), (0, "192.0.2.1", False))
        self.assertFalse(exchange.canTakeOver)
        self.assertRaises(Unavailable, exchange.takeOver)
        self.assertFalse(exchange.move(lambda transport, said: True))

    def test_body(self) -> None:
        """The body flows once somebody wants it, and its end is told once."""
        user = User()
        exchange = user.request(headers=[*POST, ("content-length", "5")], body=b"hello")
        self.assertEqual(exchange.length, 5)
        receiver = Receiver()
        exchange.receive(receiver)
        exchange.pauseProducing()
        exchange.resumeProducing()
        self.assertEqual((receiver.body, receiver.ends), ([b"hello"], [None]))

    def test_noBody(self) -> None:
        """Without a body its end is told at once."""
        receiver = Receiver()
        User().request().receive(receiver)
        self.assertEqual((receiver.body, receiver.ends), ([], [None]))

    def test_trailers(self) -> None:
        """Fields behind a body are told with its end; the length of the body is unknown before."""
        user = User()
        user.h2.send_headers(1, POST)
        user.h2.send_data(1, b"abc")
        user.h2.send_headers(1, [("digest", "x")], end_stream=True)
        user.exchange()
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        self.assertIsNone(user.exchanges[0].length)
        self.assertEqual((receiver.body, receiver.ends), ([b"abc"], [Fields([(b"digest", b"x")])]))

    def test_heldUp(self) -> None:
        """A user sends no more than the window while the handler wants nothing, and goes on when it does."""
        user = User()
        self.assertEqual(self._fill(user, 1), STREAM_WINDOW)
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        user.exchange()
        self.assertEqual(sum(map(len, receiver.body)), STREAM_WINDOW)
        self.assertGreater(user.h2.local_flow_control_window(1), STREAM_WINDOW // 2)

    def test_unwanted(self) -> None:
        """What nobody has wanted of a body does not count against the next ones."""
        user = User()
        for number in range(1, 21, 2):
            self.assertEqual(self._fill(user, number), STREAM_WINDOW)
            exchange = user.exchanges[-1]
            if number % 4 == 1:
                exchange.reply(200)
            else:
                exchange.abort()
            user.exchange()

    def _fill(self, user: User, number: int) -> int:
        user.h2.send_headers(number, POST)
        user.exchange()
        sent = 0
        while room := min(user.h2.local_flow_control_window(number), 16384):
            user.h2.send_data(number, bytes(room))
            sent += room
            user.exchange()
        return sent

    def test_pausedWithin(self) -> None:
        """What came in one read is given at once; a receiver that pauses then gets no more before it resumes."""
        user = User()
        user.h2.send_headers(1, POST)
        user.exchange()
        exchange, receiver = user.exchanges[0], Receiver()
        receiver.body = _PausingList(exchange)
        exchange.receive(receiver)
        for pieces in (b"a", b"b"), (b"c", b"d"):
            for piece in pieces:
                user.h2.send_data(1, piece * 5000)
            user.exchange()
        self.assertEqual(receiver.body, [b"a" * 5000 + b"b" * 5000])
        user.h2.end_stream(1)
        user.exchange()
        exchange.resumeProducing()
        exchange.resumeProducing()
        self.assertEqual(receiver.body[1:], [b"c" * 5000 + b"d" * 5000])
        self.assertEqual(receiver.ends, [None])

    def test_continue(self) -> None:
        """A user who waits for leave to send gets it from the handler."""
        user = User()
        user.h2.send_headers(1, [*POST, ("expect", "100-continue")])
        user.exchange()
        user.exchanges[0].inform(100)
        user.exchanges[0].inform(101)
        user.exchange()
        self.assertEqual(
            [dict(event.headers) for event in user.of(InformationalResponseReceived)], [{":status": "100"}]
        )


class _PausingList(list[bytes]):
    """Pauses an exchange at each piece."""

    def __init__(self, exchange: IExchange) -> None:
        self._exchange = exchange

    def append(self, piece: bytes) -> None:
        super().append(piece)
        self._exchange.pauseProducing()


class ResponseTests(SynchronousTestCase):
    """What a user gets."""

    def _heads(self, user: User) -> list[dict[str, str]]:
        heads = [dict(event.headers) for event in user.of(ResponseReceived)]
        for head in heads:
            self.assertIn("date", head)
            del head["date"]
        return heads

    def test_reply(self) -> None:
        """A whole response leaves in one write, without what belongs to HTTP/1 connections."""
        user = User()
        user.answers = lambda exchange: exchange.reply(
            200, Fields([(b"X-A", b"1"), (b"Connection", b"close"), (b"Keep-Alive", b"x")]), b"body"
        )
        user.request()
        self.assertEqual(self._heads(user), [{":status": "200", "x-a": "1", "content-length": "4"}])
        self.assertEqual(user.body(), b"body")
        self.assertEqual(len(user.of(StreamEnded)), 1)
        self.assertEqual(user.resets, [])

    def test_inPieces(self) -> None:
        """A response may come piece by piece, with trailers behind it."""
        user = User()
        exchange = user.request()
        exchange.answer(200)
        user.exchange()
        self.assertEqual(user.of(ResponseReceived), [])
        exchange.flush()
        user.exchange()
        self.assertEqual(self._heads(user), [{":status": "200"}])
        exchange.write(b"a")
        exchange.writeSequence([b"b", b"c"])
        exchange.finish(Fields([(b"Grpc-Status", b"0")]))
        exchange.finish()
        self.assertEqual(user.body(), b"abc")
        self.assertEqual([event.headers for event in user.of(TrailersReceived)], [[("grpc-status", "0")]])
        self.assertTrue(exchange.over)

    def test_onlyTrailers(self) -> None:
        """Trailers need no body before them."""
        user = User()
        exchange = user.request()
        exchange.answer(200)
        exchange.finish(Fields([(b"Grpc-Status", b"5")]))
        user.exchange()
        self.assertEqual([event.headers for event in user.of(TrailersReceived)], [[("grpc-status", "5")]])

    def test_noBody(self) -> None:
        """There is no body behind HEAD, 204 and 304, whatever the handler writes."""
        user = User()
        user.answers = lambda exchange: exchange.reply(200, None, b"body")
        user.request(headers=[(":method", "HEAD"), *GET[1:]])
        for number, status in ((3, 204), (5, 304)):
            user.answers = lambda exchange, status=status: exchange.reply(status, None, b"body")
            user.request(number)
        self.assertEqual([head[":status"] for head in self._heads(user)], ["200", "204", "304"])
        self.assertEqual(user.body(1) + user.body(3) + user.body(5), b"")
        self.assertEqual(len(user.of(StreamEnded)), 3)

    def test_early(self) -> None:
        """A user who is answered before its body has come is told to stop sending it."""
        user = User()
        user.h2.send_headers(1, POST)
        user.exchange()
        user.exchanges[0].reply(413)
        user.exchange()
        self.assertEqual(self._heads(user)[0][":status"], "413")
        self.assertEqual(user.resets, [(1, 0)])

    def test_earlyInOneRead(self) -> None:
        """There is nothing to stop when the end of the body has come together with its beginning."""
        user = User()
        user.answers = lambda exchange: exchange.reply(413)
        user.request(headers=POST, body=b"abc")
        self.assertEqual((self._heads(user)[0][":status"], user.resets), ("413", []))
        self.assertEqual(len(user.of(StreamEnded)), 1)

    def test_miscounted(self) -> None:
        """A response that is not as long as it says is seen to be broken."""
        for length, body in ((b"3", b"four"), (b"5", b"four")):
            user = User()
            exchange = user.request()
            exchange.answer(200, Fields([(b"Content-Length", length)]))
            exchange.write(body)
            exchange.finish()
            user.exchange()
            self.assertEqual(user.resets, [(1, 2)])
        self.flushLoggedErrors()

    def test_aborted(self) -> None:
        """An exchange that is aborted ends alone."""
        user = User()
        first, second = user.request(1), user.request(3)
        first.abort()
        second.reply(200)
        user.exchange()
        self.assertEqual(user.resets, [(1, 2)])
        self.assertEqual(len(user.of(ResponseReceived)), 1)

    def test_failed(self) -> None:
        """A handler that raises is answered for."""
        user = User()
        user.answers = lambda exchange: 1 / 0
        user.request()
        self.assertEqual(self._heads(user)[0][":status"], "500")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_answeredTwice(self) -> None:
        """An exchange has one answer."""
        exchange = User().request()
        exchange.answer(200)
        self.assertRaises(LocalWireError, exchange.answer, 200)
        self.assertRaises(LocalWireError, User().request().answer, 200, Fields([(b"X", b"a\r\nb")]))

    def test_windows(self) -> None:
        """The user's windows are respected, and a producer is paused while they are closed."""
        user = User()
        exchange, producer = user.request(), _Producer()
        exchange.registerProducer(producer, True)
        exchange.answer(200)
        exchange.write(bytes(HIGH + 65535))
        user.exchange()
        self.assertEqual(producer.told, [])
        exchange.write(b"x")
        self.assertEqual(producer.told, ["pause"])
        self.assertEqual(len(user.body(allow=False)), 65535)
        self.assertEqual(len(user.body()), 65535)
        while len(user.body()) < HIGH + 65535 + 1:
            pass
        self.assertEqual(producer.told, ["pause", "resume"])
        exchange.unregisterProducer()
        exchange.finish()
        user.exchange()
        self.assertEqual(len(user.of(StreamEnded)), 1)

    def test_smallPieces(self) -> None:
        """Small pieces that had to wait leave together."""
        user = User()
        exchange = user.request()
        user.connection.pauseProducing()
        exchange.answer(200)
        for _ in range(1000):
            exchange.write(b"ab")
        exchange.finish()
        user.connection.resumeProducing()
        self.assertEqual(user.body(), b"ab" * 1000)
        self.assertEqual(len(user.of(DataReceived)), 1)

    def test_fair(self) -> None:
        """Responses that are sent at the same time get a frame each in turn."""
        user = User()
        user.h2.increment_flow_control_window(1_000_000)
        user.h2.update_settings({4: 500_000})
        for number in (1, 3):
            user.request(number)
        user.transport.clear()
        user.connection.pauseProducing()
        for exchange in user.exchanges:
            exchange.reply(200, None, bytes(100_000))
        user.connection.resumeProducing()
        user.exchange()
        sizes = [len(user.body(number)) for number in (1, 3)]
        self.assertEqual(sizes, [100_000, 100_000])
        order = [event.stream_id for event in user.of(DataReceived)]
        self.assertEqual(order[:6], [1, 3, 1, 3, 1, 3])

    def test_fullTransport(self) -> None:
        """A transport that takes no more pauses all producers, and holds their bodies."""
        user = User()
        exchange, producer = user.request(), _Producer()
        exchange.registerProducer(producer, True)
        user.connection.pauseProducing()
        exchange.answer(200)
        exchange.write(b"abc")
        self.assertEqual(producer.told, ["pause"])
        self.assertNotIn(b"abc", user.transport.value())
        user.connection.resumeProducing()
        self.assertEqual(producer.told, ["pause", "resume"])
        self.assertEqual(user.body(), b"abc")

    def test_userResets(self) -> None:
        """Who asked and does not want it any more ends that exchange, and no other."""
        user = User()
        first, second = user.request(1), user.request(3)
        receiver, producer = Receiver(), _Producer()
        first.receive(receiver)
        first.registerProducer(producer, True)
        user.h2.reset_stream(1)
        user.exchange()
        self.assertEqual((len(receiver.lost), producer.told, first.over), (1, ["stop"], True))
        first.answer(200)
        first.write(b"a")
        first.finish()
        second.reply(200)
        user.exchange()
        self.assertEqual([event.stream_id for event in user.of(ResponseReceived)], [3])
        self.assertIsNone(user.ended)

    def test_userLeaves(self) -> None:
        """All exchanges end with their connection."""
        user = User()
        receivers = [Receiver(), Receiver()]
        for number, receiver in zip((1, 3), receivers, strict=True):
            user.request(number).receive(receiver)
        user.leave()
        self.assertEqual([len(receiver.lost) for receiver in receivers], [1, 1])
        for exchange in user.exchanges:
            exchange.reply(200)
        self.assertEqual((user.clock.getDelayedCalls(), user.server.serving.connections), ([], set()))
