"""Connections to services: how they are shared, and who holds up whom."""

from __future__ import annotations

from frp.test.http.site import GET, PORT, ForwardingTestCase
from frp.test.http.web import Asked, ok, told
from frp.testing.network import User


class ReuseTests(ForwardingTestCase):
    """Connections to the service."""

    silent = False

    def answer(self, asked: Asked) -> bytes | None:
        return None if self.silent else ok(asked.head.target)

    def test_reuse(self) -> None:
        """One request after the other takes the same connection, whoever asks; after a minute it ends."""
        for _ in range(3):
            self.ask()
        self.assertEqual(len(self.web.service.users), 1)
        self.network.advance(59)
        self.ask()
        self.assertEqual(len(self.web.service.users), 1)
        self.network.advance(61)
        self.assertTrue(self.web.service.users[0].closed)

    def test_surplus(self) -> None:
        """Five idle connections are kept, more only for a moment."""
        self.silent = True
        users = [self.send(GET) for _ in range(8)]
        for asked in list(self.web.asked):
            asked.user.send(ok(b"late"))
        self.network.settle()
        self.assertEqual([told(user.received)[0].body for user in users], [b"late"] * 8)
        self.assertEqual(sum(not user.closed for user in self.web.service.users), 8)
        self.network.advance(1.1)
        self.assertEqual(sum(not user.closed for user in self.web.service.users), 5)

    def test_closedWhileIdle(self) -> None:
        """A connection that the service closes is not used again."""
        self.ask()
        self.web.service.users[0].close()
        self.network.settle()
        self.assertEqual(self.ask().body, b"/x")
        self.assertEqual(len(self.web.service.users), 2)

    def test_closedInTheVeryMoment(self) -> None:
        """A request that found its connection closed is tried once more, where that does no harm."""
        self.ask()
        self.silent = True
        user = self.send(GET)
        self.silent = False
        self.web.last.user.close()
        self.network.settle()
        self.assertEqual(told(user.received)[0].body, b"/x")
        self.silent = True
        user = self.send(b"POST / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 1\r\n\r\nx")
        self.web.last.user.close()
        self.network.settle()
        self.assertEqual(told(user.received)[0].status, 404)

    def test_slow(self) -> None:
        """A request that the service has got is not sent again, be it our clock or the service that ends the wait."""
        for seconds, status in (60.1, 504), (1.1, 404):
            self.ask()
            self.silent = True
            user = self.send(GET)
            asked = len(self.web.asked)
            self.network.advance(seconds)
            self.web.last.user.close()
            self.network.settle()
            self.assertEqual([told(user.received)[0].status, len(self.web.asked)], [status, asked])
            self.silent = False

    def test_closedInTheMiddle(self) -> None:
        """A body whose length nobody knew is sent once, whatever the method."""
        self.ask()
        user = self.send(b"GET /x HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        self.assertEqual(len(self.web.service.users), 1)
        self.web.service.users[0].close()
        self.network.settle()
        self.assertEqual(told(user.received)[0].status, 404)
        self.assertEqual(len(self.web.service.users), 1)

    def test_freshOneFails(self) -> None:
        """A new connection that is closed without an answer is a failure."""
        self.silent = True
        user = self.send(GET)
        self.web.last.user.close()
        self.network.settle()
        self.assertEqual(told(user.received)[0].status, 404)
        self.assertEqual(len(self.web.service.users), 1)

    def test_leaving(self) -> None:
        """Who leaves before the answer leaves no request behind."""
        self.silent = True
        user = self.send(GET)
        user.abort()
        self.network.settle()
        self.assertTrue(self.web.last.user.closed)

    def test_halfClosed(self) -> None:
        """Who asks, and says that this was all, gets its answer."""
        self.silent = True
        user = self.send(GET)
        user.end()
        self.network.settle()
        self.assertFalse(self.web.last.user.closed)
        self.web.last.user.send(ok(b"late"))
        self.network.settle()
        self.assertEqual(told(user.received)[0].body, b"late")
        self.assertTrue(user.closed)

    def test_counted(self) -> None:
        """A connection to the service is one of the proxy's, and its bytes are counted."""
        self.ask()
        self.ask()
        statistics = self.server.shared.statistics.meter("a", "http")
        self.assertEqual((statistics.current, statistics.total), (1, 1))
        self.network.advance(61)
        self.assertEqual((statistics.current, statistics.total), (0, 1))
        asked = sum(len(asked.head.encode()) for asked in self.web.asked)
        self.assertEqual((statistics.bytesIn, statistics.bytesOut), (asked, 2 * len(ok(b"/x"))))

    def test_stopping(self) -> None:
        """A server that is asked to stop lets requests be answered first."""
        self.silent = True
        user = self.send(GET)
        idle = self.send(b"")
        stopping = self.server.stopService()
        self.network.advance(1)
        self.assertFalse(user.closed)
        self.web.last.user.send(ok(b"late"))
        self.network.advance(1)
        self.assertEqual(told(user.received)[0].body, b"late")
        self.network.advance(10)
        self.assertTrue(idle.closed)
        self.successResultOf(stopping)


class PressureTests(ForwardingTestCase):
    """Who is slow holds up whom it talks with, and nobody else."""

    def answer(self, asked: Asked) -> bytes | None:
        if asked.head.target != b"/large":
            return ok(asked.head.target)
        asked.user.send(b"HTTP/1.1 200 OK\r\nContent-Length: 12000000\r\n\r\n")
        self.left = 12_000_000
        asked.user.transport.registerProducer(_Flood(self, asked.user), False)
        return None

    def test_slowUser(self) -> None:
        """A download is held up at the service when the user takes nothing; others go on."""
        user = self.network.user(PORT)
        user.transport.pauseProducing()
        user.send(b"GET /large HTTP/1.1\r\nHost: a.com\r\n\r\n")
        self.network.advance(1)
        self.assertGreater(self.left, 3_000_000)
        self.assertEqual(self.ask().body, b"/x")
        user.transport.resumeProducing()
        self.network.advance(1)
        (response,) = told(user.received)
        self.assertEqual((len(response.body), response.done), (12_000_000, True))

    def test_slowService(self) -> None:
        """An upload is held up at the user when the service takes nothing."""
        user = self.send(b"PUT / HTTP/1.1\r\nHost: a.com\r\nContent-Length: 12000000\r\n\r\n")
        self.web.last.user.transport.pauseProducing()
        producer = _Flood(self, user)
        self.left = 12_000_000
        user.transport.registerProducer(producer, False)
        self.network.advance(1)
        self.assertGreater(self.left, 3_000_000)
        self.web.last.user.transport.resumeProducing()
        self.network.advance(1)
        self.assertEqual((len(self.web.last.body), self.web.last.done), (12_000_000, True))
        self.assertEqual(told(user.received)[0].status, 200)


class _Flood:
    """Sends zeros when it is asked to."""

    def __init__(self, test: PressureTests, user: User) -> None:
        self._test = test
        self._user = user

    def resumeProducing(self) -> None:
        size = min(65536, self._test.left)
        self._test.left -= size
        if size:
            self._user.send(bytes(size))
        else:
            self._user.transport.unregisterProducer()

    def stopProducing(self) -> None:
        pass
