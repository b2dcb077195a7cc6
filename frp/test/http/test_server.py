"""The connections of users, whose requests a handler of the test answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.errors import LocalWireError, Unavailable
from frp.http.exchange import IExchange, IReceiver
from frp.http.limits import SLOW_TIMEOUT
from frp.http.server import HTTPServer
from frp.http.serving import Serving
from frp.interfaces import IStream
from frp.interfaces.flowing import Flowing
from frp.logs import Log
from frp.session.greeting import handOver
from frp.test.http.web import Told, told
from frp.testing.memory import MemoryReactor
from frp.testing.network import Network, User
from frp.testing.recording import Recorder
from frp.wire.http.fields import Fields

PORT = 8080

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@implementer(IReceiver)
class Body:
    """What a handler hears of a request's body."""

    def __init__(self, exchange: IExchange) -> None:
        self.data = b""
        self.ended = False
        self.lost: Failure | None = None
        exchange.receive(self)

    def bodyReceived(self, data: bytes) -> None:
        self.data += data

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.ended = True

    def exchangeLost(self, reason: Failure) -> None:
        self.lost = reason


@implementer(IPushProducer)
class Producer:
    """What sends a response."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def pauseProducing(self) -> None:
        self.said.append("pause")

    def resumeProducing(self) -> None:
        self.said.append("resume")

    def stopProducing(self) -> None:
        self.said.append("stop")


class ServerTestCase(SynchronousTestCase):
    """A server in memory; exchanges wait in C{exchanges} for the test to answer them, unless it says otherwise."""

    http2: Callable[[Serving], IProtocol] | None = None

    def setUp(self) -> None:
        self.reactor = MemoryReactor()
        self.exchanges: list[IExchange] = []
        self.flowing = Flowing()
        self.server = HTTPServer(
            lambda exchange: self.handle(exchange),
            self.reactor,
            Log("test"),
            flowing=self.flowing,
            http2=self.http2,
        )
        self.reactor.listenTCP(PORT, self.server)
        self.network = Network()
        self.network.reactor = self.reactor
        self.addCleanup(self._end)

    def _end(self) -> None:
        for link in list(self.reactor.links):
            link.client.abortConnection()
        self.reactor.spend(1)
        self.assertEqual(self.reactor.links, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertEqual(len(self.flowing), 0)
        self.assertEqual(self.server.serving.connections, set())

    def handle(self, exchange: IExchange) -> None:
        """What is done with a request."""
        self.exchanges.append(exchange)

    def send(self, data: bytes, user: User | None = None) -> User:
        """Send what a user says."""
        user = user or self.network.dial(PORT, User(closes=True))
        user.send(data)
        self.reactor.settle()
        return user

    def heard(self, user: User, *methods: bytes) -> list[Told]:
        """@return: the responses that a user has received."""
        self.reactor.settle()
        return told(user.received, *methods)


class AnswerTests(ServerTestCase):
    """How a response leaves."""

    def test_interface(self) -> None:
        """It is what handlers are promised."""
        self.send(GET)
        verifyObject(IExchange, self.exchanges[0])

    def test_reply(self) -> None:
        """A whole response has its length and a date, and leaves in one piece; the connection goes on."""
        user = self.send(GET)
        self.exchanges[0].reply(200, Fields([(b"X-A", b"b")]), b"hello")
        self.reactor.settle()
        self.assertEqual(
            user.received,
            b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\nhello",
        )
        self.send(GET, user)
        self.assertEqual(len(self.exchanges), 2)

    def test_chunks(self) -> None:
        """A body of unknown length comes in chunks."""
        user = self.send(GET)
        exchange = self.exchanges[0]
        exchange.answer(200)
        self.assertEqual(self.heard(user), [])
        exchange.write(b"hello")
        exchange.write(b"world")
        exchange.finish(Fields([(b"X-Sum", b"1")]))
        self.reactor.settle()
        self.assertTrue(user.received.endswith(b"\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n"))

    def test_flush(self) -> None:
        """A head leaves before its body when it is told to."""
        user = self.send(GET)
        self.exchanges[0].answer(200)
        self.exchanges[0].flush()
        self.assertEqual(self.heard(user)[0].status, 200)

    def test_miscounted(self) -> None:
        """A body that is not as long as it was said to be ends the connection."""
        for body in (b"hell", b"hello!"):
            user = self.send(GET)
            exchange = self.exchanges.pop()
            exchange.answer(200, Fields([(b"Content-Length", b"5")]))
            exchange.write(body)
            exchange.finish()
            self.reactor.settle()
            self.assertTrue(user.closed)

    def test_twice(self) -> None:
        """There is one answer."""
        self.send(GET)
        self.exchanges[0].answer(200)
        self.assertRaises(LocalWireError, self.exchanges[0].answer, 200)

    def test_raises(self) -> None:
        """A handler that raises is a 500, or ends what it has begun; others go on."""

        def fail(exchange: IExchange) -> None:
            if exchange.head.target == b"/begun":
                exchange.answer(200)
                exchange.flush()
            raise ZeroDivisionError()

        self.handle = fail  # type: ignore[method-assign]  # this test's handler
        user = self.send(GET)
        self.assertEqual(self.heard(user)[0].status, 500)
        user = self.send(b"GET /begun HTTP/1.1\r\nHost: a\r\n\r\n", user)
        self.assertTrue(user.closed)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)


class OrderTests(ServerTestCase):
    """One request after the other."""

    def test_pipelined(self) -> None:
        """The second request is looked at when the first is answered, though both came together."""
        user = self.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(3)))
        for number in range(3):
            self.assertEqual(len(self.exchanges), number + 1)
            self.exchanges[number].reply(200, None, b"%d" % number)
            self.reactor.settle()
        self.assertEqual([response.body for response in self.heard(user)], [b"0", b"1", b"2"])

    def test_flood(self) -> None:
        """Who sends requests without end is held up by the first."""
        user = self.send(GET)
        user.send(GET * 100000)
        self.reactor.settle()
        (link,) = self.reactor.links
        self.assertLess(link.server.received, 200_000)
        self.assertEqual(len(self.exchanges), 1)
        self.exchanges[0].abort()

    def test_unread(self) -> None:
        """Who asks and asks, and takes no answer, is not listened to for long, and then dropped."""
        self.handle = lambda exchange: exchange.reply(200, None, bytes(1000))  # type: ignore[method-assign]
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(GET * 100_000)
        self.reactor.settle()
        (link,) = self.reactor.links
        self.assertLess(link.server.received, 300_000)
        self.assertLess(link.server.queued, 200_000)
        self.reactor.spend(SLOW_TIMEOUT + 1)
        self.assertIsNotNone(user.lost)

    def test_unreadForAWhile(self) -> None:
        """Who takes them late gets them all."""
        self.handle = lambda exchange: exchange.reply(200, None, bytes(1000))  # type: ignore[method-assign]
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(GET * 500)
        user.end()
        self.reactor.settle()
        user.transport.resumeProducing()
        self.reactor.settle()
        self.assertEqual(user.received.count(b"HTTP/1.1 200 OK"), 500)
        self.assertTrue(user.closed)

    def test_halfClosed(self) -> None:
        """Who sends several requests, and says that these are all, gets all answers."""
        user = self.send(GET * 3)
        user.end()
        for number in range(3):
            self.reactor.settle()
            self.exchanges[number].reply(204)
        connections = [response.field(b"connection") for response in self.heard(user)]
        self.assertEqual(connections, [None, None, b"close"])
        self.assertTrue(user.closed)

    def test_many(self) -> None:
        """Requests that are answered at once do not nest."""
        self.handle = lambda exchange: exchange.reply(204)  # type: ignore[method-assign]  # this test's handler
        user = self.send(GET * 2000)
        self.assertEqual(len(self.heard(user)), 2000)

    def test_oneByOne(self) -> None:
        """Any cut of the bytes is the same request."""
        user = self.send(b"")
        for at in range(len(GET)):
            self.send(GET[at : at + 1], user)
        self.assertEqual(self.exchanges[0].head.method, b"GET")

    def test_close(self) -> None:
        """Who says that this is the last request gets a response that says so, and the end."""
        user = self.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.exchanges[0].reply(200)
        (response,) = self.heard(user)
        self.assertEqual(response.field(b"connection"), b"close")
        self.assertTrue(user.closed)

    def test_shut(self) -> None:
        """A server that stops ends what is idle, and answers what has begun."""
        busy, idle = self.send(GET), self.send(b"")
        self.server.shut()
        self.reactor.settle()
        self.assertEqual((idle.closed, busy.closed), (True, False))
        self.exchanges[0].reply(200)
        (response,) = self.heard(busy)
        self.assertEqual(response.field(b"connection"), b"close")
        self.assertTrue(busy.closed)


class AsideTests(ServerTestCase):
    """Giving the connection away."""

    def test_takeOver(self) -> None:
        """Its new owner gets what came behind the request, and the user a head before all else."""
        user = self.send(GET + b"more")
        transport, rest = self.exchanges[0].takeOver(101, Fields([(b"Upgrade", b"x")]))
        self.assertEqual(rest, b"more")
        transport.protocol = told_ = User()
        told_.makeConnection(transport)
        transport.resumeProducing()
        self.send(b"again", user)
        self.assertEqual(told_.received, b"again")
        self.assertEqual(user.received, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        self.assertTrue(self.exchanges[0].over)

    def test_tooLate(self) -> None:
        """There is nothing to give away when the user is gone."""
        user = self.send(GET)
        user.abort()
        self.reactor.spend(1)
        self.assertRaises(Unavailable, self.exchanges[0].takeOver)

    def moving(self, exchange: IExchange, *, takes: bool = True) -> list[bytes]:
        """@return: what somebody is given who wants the connection, and takes it or not."""
        given: list[bytes] = []

        def give(transport: IStream, said: bytes) -> bool:
            given.append(said)
            if takes:
                handOver(transport, Recorder())
            return takes

        self.assertEqual(exchange.move(give), bool(given) and takes)
        return given

    def test_move(self) -> None:
        """A connection with all that was said on it, which the server forgets then."""
        moved: list[bytes] = []
        self.patch(self, "handle", lambda exchange: moved.extend(self.moving(exchange)))
        user = self.send(GET + b"POST / HTTP/1.1\r\nand so on")
        self.assertEqual(moved, [GET + b"POST / HTTP/1.1\r\nand so on"])
        self.assertEqual((len(self.server.serving.connections), len(self.flowing), user.closed), (0, 0, False))
        self.reactor.spend(1000)
        self.assertEqual((user.received, user.closed), (b"", False))
        user.close()

    def test_unmoved(self) -> None:
        """Who is not taken is answered."""
        moved: list[bytes] = []

        def answer(exchange: IExchange) -> None:
            moved.extend(self.moving(exchange, takes=False))
            exchange.reply(200)
            moved.extend(self.moving(exchange))

        self.patch(self, "handle", answer)
        user = self.send(GET)
        self.assertEqual((moved, [one.status for one in self.heard(user)]), ([GET], [200]))

    def test_begun(self) -> None:
        """Nothing is moved of which something is gone: later requests, heads in pieces, and those that wait already."""
        moved: list[bytes] = []
        user = self.send(GET)
        self.assertEqual(self.moving(self.exchanges[0]), [])
        self.exchanges[0].reply(200)

        def answer(exchange: IExchange) -> None:
            moved.extend(self.moving(exchange))
            exchange.reply(200)

        self.patch(self, "handle", answer)
        self.send(GET, user)
        self.send(GET[5:], self.send(GET[:5]))
        self.assertEqual((moved, len(self.heard(user))), ([], 2))


class HTTP2Tests(ServerTestCase):
    """The beginning of HTTP/2."""

    def setUp(self) -> None:
        self.front = User()

        def http2(serving: Serving) -> IProtocol:
            return self.front

        self.http2 = http2
        super().setUp()

    def test_preface(self) -> None:
        """Who begins so is given to what speaks it, with all that has come."""
        for cut in (0, 1, 3, 10, len(PREFACE) - 1):
            self.front = User()
            user = self.send(PREFACE[:cut])
            self.send(PREFACE[cut:] + b"more", user)
            self.assertEqual(self.front.received, PREFACE + b"more", cut)
            self.send(b"again", user)
            self.assertEqual(self.front.received, PREFACE + b"moreagain")

    def test_agreed(self) -> None:
        """Who has agreed on HTTP/2 in TLS is not answered in HTTP/1.1, whatever it says."""
        user = self.send(b"")
        connection: Any
        (connection,) = self.server.serving.connections
        connection.transport.chosen = b"h2"
        self.send(GET, user)
        self.assertEqual((self.front.received, user.received, self.exchanges), (GET, b"", []))

    def test_others(self) -> None:
        """POST and PUT are not HTTP/2, in any piece."""
        for cut in (1, 2, 3):
            data = b"PRINT / HTTP/1.1\r\nHost: a\r\n\r\n"
            user = self.send(data[:cut])
            self.send(data[cut:], user)
            self.assertEqual(self.exchanges.pop().head.method, b"PRINT")
            user.abort()


class UnusedTests(SynchronousTestCase):
    """A protocol that was never connected."""

    def test_protocol(self) -> None:
        """It is a protocol."""
        protocol = HTTPServer(lambda exchange: None, MemoryReactor(), Log("test")).buildProtocol(None)
        self.assertTrue(IProtocol.providedBy(protocol))
        self.assertNotIsInstance(protocol, Protocol)
