"""How long the HTTP server waits, and for how much."""

from __future__ import annotations

from frp.http.limits import HEAD_TIMEOUT, IDLE_TIMEOUT, SLOW_TIMEOUT, STALL_TIMEOUT
from frp.test.http.test_server import GET, PORT, PREFACE, Body, Producer, ServerTestCase


class PatienceTests(ServerTestCase):
    """How long a connection may take."""

    def test_nothing(self) -> None:
        """A connection that says nothing is closed."""
        user = self.send(b"")
        self.reactor.spend(HEAD_TIMEOUT - 1)
        self.assertFalse(user.closed)
        self.reactor.spend(2)
        self.assertTrue(user.closed)
        self.assertEqual(user.received, b"")

    def test_slowHead(self) -> None:
        """A head that comes byte by byte has a time as a whole."""
        user = self.send(b"")
        for _ in range(HEAD_TIMEOUT + 1):
            self.send(b"G", user)
            self.reactor.spend(1)
        self.assertEqual(self.heard(user)[0].status, 408)
        self.assertTrue(user.closed)

    def test_idle(self) -> None:
        """Between two requests there is more time."""
        user = self.send(GET)
        self.reactor.spend(1000)
        self.exchanges[0].reply(200)
        self.reactor.spend(IDLE_TIMEOUT - 1)
        self.assertFalse(user.closed)
        self.send(GET, user)
        self.exchanges[1].reply(200)
        self.reactor.spend(IDLE_TIMEOUT + 1)
        self.assertTrue(user.closed)
        self.assertEqual(len(self.heard(user)), 2)

    def test_slowBody(self) -> None:
        """A body that is wanted must go on."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        self.reactor.spend(1000)
        body = Body(self.exchanges[0])
        self.reactor.spend(STALL_TIMEOUT - 1)
        self.send(b"w", user)
        self.reactor.spend(STALL_TIMEOUT - 1)
        self.assertIsNone(body.lost)
        self.reactor.spend(2)
        self.assertIsNotNone(body.lost)
        self.assertEqual(self.heard(user)[0].status, 408)

    def test_bodyNotTaken(self) -> None:
        """A service that stops to take a body has its time, too."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        exchange = self.exchanges[0]
        body = Body(exchange)
        exchange.pauseProducing()
        self.reactor.spend(SLOW_TIMEOUT - 1)
        self.assertIsNone(body.lost)
        self.reactor.spend(2)
        self.assertIsNotNone(body.lost)
        self.assertEqual(self.heard(user)[0].status, 504)

    def test_answeredMeanwhile(self) -> None:
        """One that answers while it does so has all the time for that."""
        user = self.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        exchange = self.exchanges[0]
        Body(exchange)
        exchange.pauseProducing()
        exchange.answer(200)
        exchange.write(b"begun")
        self.reactor.spend(SLOW_TIMEOUT + 1)
        exchange.finish()
        self.assertEqual(self.heard(user)[0].body, b"begun")
        self.reactor.spend(3)

    def test_slowReaderOfAll(self) -> None:
        """That the request is complete gives no more time to take its response."""
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        self.reactor.settle()
        exchange = self.exchanges[0]
        body = Body(exchange)
        exchange.answer(200)
        exchange.write(bytes(1_000_000))
        self.send(b"world", user)
        self.assertTrue(body.ended)
        self.reactor.spend(SLOW_TIMEOUT + 1)
        self.assertTrue(exchange.over)


class SlowReaderTests(ServerTestCase):
    """A user who does not take its response. Whoever sends it is held up meanwhile."""

    def setUp(self) -> None:
        super().setUp()
        self.user = self.network.user(PORT)
        self.user.transport.pauseProducing()
        self.user.send(GET)
        self.reactor.settle()
        (self.exchange,) = self.exchanges
        self.producer = Producer()
        self.exchange.answer(200)
        self.exchange.registerProducer(self.producer, True)
        self.exchange.write(bytes(1_000_000))
        self.assertEqual(self.producer.said, ["pause"])

    def test_never(self) -> None:
        """It is dropped."""
        self.reactor.spend(SLOW_TIMEOUT + 1)
        self.assertEqual(self.producer.said, ["pause", "stop"])
        self.assertTrue(self.exchange.over)

    def test_goesOn(self) -> None:
        """One that takes it in the end has it whole."""
        self.reactor.spend(SLOW_TIMEOUT - 1)
        self.user.transport.resumeProducing()
        self.reactor.settle()
        self.assertEqual(self.producer.said, ["pause", "resume"])
        self.exchange.unregisterProducer()
        self.exchange.finish()
        self.assertEqual(len(self.heard(self.user)[0].body), 1_000_000)


class RefusalTests(ServerTestCase):
    """What is no request."""

    def test_refused(self) -> None:
        """It is answered with what is wrong, and the connection ends; no handler sees it."""
        for data, status in (
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\nHost: a\n\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70000, 431),
            (b"GET /" + b"y" * 70000, 414),
            (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 300 + b"\r\n", 431),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
            (PREFACE, 505),
        ):
            user = self.send(data)
            (response,) = self.heard(user)
            self.assertEqual((response.status, response.field(b"connection")), (status, b"close"), data[:50])
            user.close()
            self.reactor.spend(3)
            self.assertIsNotNone(user.lost)
        self.assertEqual(self.exchanges, [])

    def test_behind(self) -> None:
        """What stood behind a refused request is not looked at."""
        user = self.send(b"GET / HTTP/1.1\r\n\r\n" + GET)
        self.assertEqual(len(self.heard(user)), 1)
        self.assertEqual(self.exchanges, [])
