"""Tests of the health check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.logger import LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import Agent
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from frp.client.healthcheck import HealthCheck, httpProbe, tcpProbe
from frp.errors import LocalServiceDown
from frp.http.bounded import LARGEST
from frp.logs import Log


class HealthCheckTests(SynchronousTestCase):
    """What a user sees of a checked proxy."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.events: list[LogEvent] = []
        self.changes: list[str] = []
        self.asked: list[Deferred[None]] = []
        self.answer: Callable[[], Deferred[None]] = lambda: succeed(None)

    def check(self, interval: float = 0, timeout: float = 0, maxFailed: int = 0) -> HealthCheck:
        def probe() -> Deferred[None]:
            self.asked.append(self.answer())
            return self.asked[-1]

        log = Log("test", ("web",), observer=self.events.append)
        check = HealthCheck(
            self.clock, probe, self.changes.append, log, interval=interval, timeout=timeout, maxFailed=maxFailed
        )
        self.addCleanup(self.stopped, check)
        check.start()
        return check

    def stopped(self, check: HealthCheck) -> None:
        check.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def down(self) -> Deferred[None]:
        return fail(LocalServiceDown("connection refused"))

    def lines(self) -> list[str | None]:
        return [formatEvent(event) for event in self.events]

    def testUp(self) -> None:
        """A service that answers is up at once, and that is said once."""
        check = self.check()
        self.clock.advance(10)
        self.assertEqual((check.up, self.changes, len(self.asked)), (True, [""], 2))
        self.assertEqual(self.lines(), ["[web] health check success"])

    def testDownFromTheStart(self) -> None:
        """A service that never answered is down; why is said once, and logged each time."""
        self.answer = self.down
        check = self.check()
        self.clock.advance(10)
        self.assertEqual((check.up, self.changes), (False, ["connection refused"]))
        self.assertEqual(self.lines(), ["[web] do one health check failed: connection refused"] * 2)

    def testSilentFailure(self) -> None:
        """A failure without a text is none the less one."""
        self.answer = lambda: fail(LocalServiceDown(""))
        self.check()
        self.assertEqual(self.changes, ["no answer"])

    def testDownAndUpAgain(self) -> None:
        """Each change is said, and logged in the words that scripts look for."""
        self.check()
        self.answer = self.down
        self.clock.advance(10)
        self.answer = lambda: succeed(None)
        self.clock.advance(10)
        self.assertEqual(self.changes, ["", "connection refused", ""])
        self.assertIn("[web] health check failed", self.lines())
        self.assertEqual(self.lines()[-1], "[web] health check success")
        self.assertEqual(
            [event["log_level"] for event in self.events], [LogLevel.info, LogLevel.warn, LogLevel.warn, LogLevel.info]
        )

    def testInARow(self) -> None:
        """One failure now and then, before the first answer or days apart, never means down; maxFailed in a row do."""
        self.answer = self.down
        self.check(maxFailed=2)
        for _ in range(5):
            self.answer = lambda: succeed(None)
            self.clock.advance(10)
            self.answer = self.down
            self.clock.advance(10)
        self.assertEqual(self.changes, [""])
        self.clock.advance(10)
        self.assertEqual(self.changes, ["", "connection refused"])

    def testTimeout(self) -> None:
        """A service that does not answer in three seconds is down, and the question is withdrawn."""
        self.answer = Deferred
        self.check()
        self.clock.advance(2.9)
        self.assertEqual(self.lines(), [])
        self.clock.advance(0.2)
        self.assertEqual(self.lines(), ["[web] do one health check failed: no answer within 3 seconds"])
        self.clock.advance(9.8)
        self.assertEqual(len(self.asked), 1)
        self.clock.advance(0.2)
        self.assertEqual(len(self.asked), 2)

    def testSettings(self) -> None:
        """The configured interval and time-out hold; what is negative means the default."""
        self.answer = Deferred
        check = self.check(interval=5, timeout=1, maxFailed=-1)
        self.clock.pump([1, 5, 1, 5])
        self.assertEqual(len(self.asked), 3)
        self.stopped(check)
        self.asked.clear()
        self.check(interval=-5, timeout=-1)
        self.clock.pump([3, 10])
        self.assertEqual(len(self.asked), 2)

    def testStopped(self) -> None:
        """After a stop nothing is asked and nothing said, though an answer was on its way."""
        self.answer = Deferred
        check = self.check()
        check.stop()
        check.stop()
        self.clock.advance(100)
        self.assertEqual((len(self.asked), self.lines(), self.changes), (1, [], []))

    def testStoppedByTheNews(self) -> None:
        """Who hears of a change may stop the check right then."""

        def stop(why: str) -> None:
            check.stop()

        check = HealthCheck(self.clock, lambda: succeed(None), stop, Log("test", observer=self.events.append))
        check.start()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def testBrokenListener(self) -> None:
        """A bug in who listens is logged with its traceback, and the checks go on."""

        def broken(why: str) -> None:
            raise ZeroDivisionError("bug")

        check = HealthCheck(self.clock, lambda: succeed(None), broken, Log("test", observer=self.events.append))
        check.start()
        self.assertEqual(self.events[-1]["log_failure"].type, ZeroDivisionError)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.stopped(check)


@implementer(IStreamClientEndpoint)
class Line:
    """An endpoint that connects to a transport in memory, or fails, or never answers."""

    def __init__(self, outcome: Deferred[None] | None = None) -> None:
        self.outcome = outcome
        self.protocol: IProtocol | None = None
        self.transport: StringTransportWithDisconnection | None = None

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        outcome: Deferred[None] = self.outcome or succeed(None)

        def connected(_: None) -> IProtocol:
            protocol = self.protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 8080))
            assert protocol is not None
            transport = self.transport = StringTransportWithDisconnection()
            transport.protocol = protocol
            protocol.makeConnection(transport)
            return protocol

        return outcome.addCallback(connected)


class TCPProbeTests(SynchronousTestCase):
    """Checks of type tcp."""

    def testTaken(self) -> None:
        """A connection is enough, and is closed."""
        line = Line()
        self.assertIs(self.successResultOf(tcpProbe(line)()), None)
        assert line.transport is not None
        self.assertFalse(line.transport.connected)

    def testRefused(self) -> None:
        """No connection, not well."""
        self.failureResultOf(tcpProbe(Line(fail(ConnectionRefusedError())))(), ConnectionRefusedError)

    def testCancelled(self) -> None:
        """A connection that takes too long is given up."""
        outcome: Deferred[None] = Deferred()
        asked = tcpProbe(Line(outcome))()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertTrue(outcome.called)


@implementer(IAgentEndpointFactory)
class Web:
    """The way of an agent to every service there is: one connection after the other, in memory."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.visited: list[bytes] = []

    def endpointForURI(self, uri: Any) -> Line:
        self.visited.append(uri.netloc)
        self.lines.append(Line())
        return self.lines[-1]

    def request(self) -> list[bytes]:
        """The lines of the newest request, headers sorted."""
        transport = self.lines[-1].transport
        assert transport is not None
        first, *headers = transport.value().removesuffix(b"\r\n\r\n").split(b"\r\n")
        return [first, *sorted(headers)]

    def answer(self, data: bytes) -> None:
        """The service of the newest request speaks."""
        protocol = self.lines[-1].protocol
        assert protocol is not None
        protocol.dataReceived(data)

    def open(self) -> bool:
        """Whether any connection is left."""
        return any(line.transport is not None and line.transport.connected for line in self.lines)


class HTTPProbeTests(SynchronousTestCase):
    """Checks of type http."""

    def setUp(self) -> None:
        self.web = Web()
        self.agent = Agent.usingEndpointFactory(Clock(), self.web)

    def ask(
        self, path: str = "/health", headers: tuple[tuple[str, str], ...] = (), host: str = "127.0.0.1"
    ) -> Deferred[None]:
        return httpProbe(self.agent, host, 8080, path, headers)()

    def testWell(self) -> None:
        """2xx is well; the connection is closed."""
        asked = self.ask()
        self.assertEqual(self.web.request(), [b"GET /health HTTP/1.1", b"Connection: close", b"Host: 127.0.0.1:8080"])
        self.web.answer(b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertIs(self.successResultOf(asked), None)
        self.assertFalse(self.web.open())

    def testHeaders(self) -> None:
        """Configured headers are sent, Host among them, and of two with one name the last."""
        self.ask(headers=(("Host", "app.example"), ("X-From", "one"), ("x-from", "two")))
        self.assertEqual(self.web.request()[1:], [b"Connection: close", b"Host: app.example", b"X-From: two"])

    def testPath(self) -> None:
        """The path may lack its slash, have a query, and any letters; an IPv6 address gets its brackets."""
        self.ask("a b/é%20?x=1&y=2#part", host="::1")
        self.assertEqual(self.web.request()[0], b"GET /a%20b/%C3%A9%20?x=1&y=2 HTTP/1.1")
        self.assertEqual(self.web.visited, [b"[::1]:8080"])

    def testNotWell(self) -> None:
        """Any other status is a failure that names it, and leaves no connection."""
        for status in (b"500 Oops", b"404 Not Found", b"304 Not Modified", b"302 Found"):
            asked = self.ask()
            self.web.answer(b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\nbody")
            error = self.failureResultOf(asked, LocalServiceDown).value
            self.assertEqual(error.brief, f"do http health check, StatusCode is [{status[:3].decode()}] not 2xx")
        self.assertFalse(self.web.open())

    def testHungUp(self) -> None:
        """A service that takes the request and hangs up is not well, and the log can say so."""
        asked = self.ask()
        protocol = self.web.lines[-1].protocol
        assert protocol is not None
        protocol.connectionLost(Failure(ConnectionDone()))
        error = self.failureResultOf(asked, LocalServiceDown).value
        self.assertEqual(error.brief, "do http health check, no answer: Connection was closed cleanly.")

    def testSilent(self) -> None:
        """A service that takes the request and says nothing is not well when the time is up, and is left alone."""
        clock, events, told = Clock(), list[LogEvent](), list[str]()
        check = HealthCheck(clock, self.ask, told.append, Log("test", observer=events.append))
        check.start()
        clock.advance(3)
        self.assertEqual(told, ["no answer within 3 seconds"])
        self.assertEqual(
            [formatEvent(event) for event in events], ["do one health check failed: no answer within 3 seconds"]
        )
        self.assertFalse(self.web.open())
        check.stop()

    def testRedirected(self) -> None:
        """A redirect is followed with the same headers; its connection is closed."""
        asked = self.ask(headers=(("Host", "app.example"), ("Authorization", "Basic eA==")))
        self.web.answer(b"HTTP/1.1 302 Found\r\nLocation: deeper/\xc3\xa9\r\nContent-Length: 2\r\n\r\nhi")
        self.assertEqual(
            self.web.request(),
            [b"GET /deeper/%C3%A9 HTTP/1.1", b"Authorization: Basic eA==", b"Connection: close", b"Host: app.example"],
        )
        self.web.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.assertIs(self.successResultOf(asked), None)
        self.assertFalse(self.web.open())

    def testRedirectedElsewhere(self) -> None:
        """Another host gets its own name in Host, and no secret."""
        headers = (("Host", "app.example"), ("Authorization", "Basic eA=="), ("Cookie", "a=b"), ("X-From", "me"))
        self.ask(headers=headers)
        self.web.answer(b"HTTP/1.1 307 Temporary\r\nLocation: http://other.example/x\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(self.web.request()[1:], [b"Connection: close", b"Host: other.example", b"X-From: me"])

    def testRoundAndRound(self) -> None:
        """A service that redirects for ever is not well."""
        asked = self.ask()
        for _ in range(11):
            self.assertNoResult(asked)
            self.web.answer(b"HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
        error = self.failureResultOf(asked, LocalServiceDown).value
        self.assertEqual(error.brief, "do http health check, stopped after 10 redirects")
        self.assertFalse(self.web.open())

    def testEndlessBody(self) -> None:
        """A body without an end is read for a while; the status has said enough."""
        asked = self.ask()
        self.web.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(LARGEST >> 16):
            self.web.answer(bytes(1 << 16))
        self.assertNoResult(asked)
        self.web.answer(b"x")
        self.assertIs(self.successResultOf(asked), None)
        self.assertFalse(self.web.open())

    def testSlowBody(self) -> None:
        """When the time is up in the middle of a body, the status counts."""
        asked = self.ask()
        self.web.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        asked.cancel()
        self.assertIs(self.successResultOf(asked), None)
        self.assertFalse(self.web.open())
