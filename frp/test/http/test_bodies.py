"""Bodies of requests, as handlers get them."""

from __future__ import annotations

from frp.http.limits import LINGER_BYTES
from frp.test.http.test_server import GET, PORT, Body, ServerTestCase
from frp.testing.network import User


class BodyTests(ServerTestCase):
    """The bodies of requests."""

    def post(self, length: int, body: bytes) -> User:
        """Begin a request with a body."""
        return self.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (length, body))

    def test_held(self) -> None:
        """A body is held back until somebody wants it; little of it is read."""
        user = self.post(1_000_000, bytes(500_000))
        (link,) = self.reactor.links
        self.assertLess(link.server.received, 200_000)
        body = Body(self.exchanges[0])
        self.reactor.settle()
        self.assertEqual(len(body.data), 500_000)
        self.exchanges[0].pauseProducing()
        user.send(bytes(500_000))
        self.reactor.settle()
        self.assertLess(len(body.data), 700_000)
        self.assertFalse(body.ended)
        self.exchanges[0].resumeProducing()
        self.reactor.settle()
        self.assertEqual((len(body.data), body.ended), (1_000_000, True))

    def test_none(self) -> None:
        """No body ends at once."""
        self.send(GET)
        self.assertTrue(Body(self.exchanges[0]).ended)
        self.assertEqual(self.exchanges[0].length, 0)

    def test_early(self) -> None:
        """Who is answered before its body has come may send the rest for a while, and is closed."""
        user = self.network.dial(PORT, User())
        self.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nhello", user)
        self.exchanges[0].reply(413)
        (response,) = self.heard(user)
        self.assertEqual((response.status, response.field(b"connection")), (413, b"close"))
        self.assertTrue(user.ended)
        self.send(b"world", user)
        self.assertIsNone(user.lost)
        self.reactor.spend(3)
        self.assertIsNotNone(user.lost)

    def test_earlyFlood(self) -> None:
        """What comes then is thrown away up to a bound, and the response can still be read."""
        user = self.network.dial(PORT, User())
        user.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
        self.reactor.settle()
        self.exchanges[0].reply(413)
        self.reactor.settle()
        self.assertIsNone(user.lost)
        user.send(bytes(2_000_000))
        self.reactor.spend(1)
        (link,) = self.reactor.links
        self.assertLess(link.server.received, LINGER_BYTES + 200_000)
        self.assertIsNone(user.lost)
        self.assertEqual(self.heard(user)[0].status, 413)
        self.reactor.spend(2)
        self.assertIsNotNone(user.lost)

    def test_gone(self) -> None:
        """The handler hears when the user leaves."""
        user = self.post(10, b"hello")
        body = Body(self.exchanges[0])
        user.close()
        self.reactor.spend(1)
        self.assertIsNotNone(body.lost)
        self.assertTrue(self.exchanges[0].over)
        self.exchanges[0].reply(200)

    def test_goneBefore(self) -> None:
        """It hears so too when it begins to listen after that."""
        user = self.send(GET)
        user.abort()
        self.reactor.spend(1)
        self.assertIsNotNone(Body(self.exchanges[0]).lost)
