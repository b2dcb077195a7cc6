"""What comes when HTTP steps aside, through both programs."""

from __future__ import annotations

from frp.joining.splice import HALF_CLOSED_IDLE
from frp.test.http.site import GET, ForwardingTestCase
from frp.test.http.web import ok, told
from frp.testing.network import User


class UpgradeTests(ForwardingTestCase):
    """Users who change the protocol."""

    answered = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst"
    upgrading = b"GET /ws HTTP/1.1\r\nHost: a.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"

    def setUp(self) -> None:
        super().setUp()
        self.head = b""
        self.service = self.network.service(self._hear)
        table = {"name": "b", "type": "http", "localPort": self.service.port, "customDomains": ["a.com"], **self.proxy}
        self.client.update(self.network.proxies(table), [])
        self.network.advance(1)

    def _hear(self, user: User, data: bytes) -> None:
        if not self.head:
            self.head, _, data = user.received.partition(b"\r\n\r\n")
            user.send(self.answered)
        if data:
            user.send(b"<" + data + b">")

    def test_upgrade(self) -> None:
        """Bytes flow both ways from then on, those that came early too."""
        user = self.send(self.upgrading + b"early")
        self.network.advance(1)
        self.assertIn(b"Connection: Upgrade\r\n", self.head + b"\r\n")
        self.assertIn(b"Upgrade: websocket\r\n", self.head + b"\r\n")
        head, _, rest = user.received.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n"))
        self.assertEqual(rest, b"first<early>")
        self.send(b"more", user)
        self.network.advance(1)
        self.assertTrue(user.received.endswith(b"first<early><more>"))
        user.end()
        self.network.advance(HALF_CLOSED_IDLE + 1)
        self.assertTrue(user.closed)
        self.assertTrue(self.service.users[0].closed)
        meter = self.server.shared.statistics.meter("b", "http")
        self.assertEqual((meter.current, meter.total), (0, 1))
        self.assertEqual(meter.bytesOut, len(self.answered + b"<early><more>"))

    def test_otherProtocol(self) -> None:
        """A service that changes to what nobody asked for has failed."""
        self.answered = self.answered.replace(b"websocket", b"h2c")
        self.assertEqual(told(self.send(self.upgrading).received)[0].status, 404)
        self.head = b""
        self.assertEqual(told(self.send(GET).received)[0].status, 404)

    def test_h2c(self) -> None:
        """Nobody gets a connection on which requests would pass that were not looked at."""
        self.send(self.upgrading.replace(b"websocket", b"H2C"))
        self.assertNotIn(b"pgrade", self.head)


class TreatedUpgradeTests(UpgradeTests):
    """The same with all that a proxy may do to its bytes."""

    proxy = {
        "transport": {
            "useEncryption": True,
            "useCompression": True,
            "bandwidthLimit": "1MB",
            "bandwidthLimitMode": "server",
        }
    }


class ConnectTests(ForwardingTestCase):
    """CONNECT goes on to the service."""

    answered = b"HTTP/1.1 200 OK\r\n\r\n"
    asked = b"CONNECT a.com:443 HTTP/1.1\r\nHost: a.com:443\r\n\r\n"

    def setUp(self) -> None:
        super().setUp()
        self.service = self.network.service(self._hear)
        table = {"name": "b", "type": "http", "localPort": self.service.port, "customDomains": ["a.com"]}
        self.client.update(self.network.proxies(table), [])
        self.network.advance(1)

    def _hear(self, user: User, data: bytes) -> None:
        if user.received == data:
            user.send(self.answered)
        else:
            user.send(data)

    def test_connect(self) -> None:
        """The service gets the request with its fields, and then all that the user sends."""
        head = b"CONNECT a.com:443 HTTP/1.1\r\nHost: a.com:443\r\nProxy-Authorization: Basic eA==\r\n\r\n"
        user = self.send(head + b"early")
        self.network.settle()
        (service,) = self.service.users
        self.assertEqual(service.received, head + b"early")
        self.send(b"more", user)
        self.assertEqual(user.received, b"HTTP/1.1 200 OK\r\n\r\nearlymore")
        user.close()
        self.network.settle()
        self.assertTrue(service.closed)

    def test_noProxy(self) -> None:
        """What is said to a service that is no proxy are requests like all others: none comes to it unseen."""
        for answer, status in ((ok(b"page", status=405), b"405"), (ok(b"page"), b"404")):
            self.answered = answer
            user = self.send(self.asked + GET)
            self.network.settle()
            received = b"".join(service.received for service in self.service.users)
            self.assertEqual((received.count(b"GET"), received.count(b"X-Forwarded-For")), (1, 1))
            self.assertEqual(user.received[9:12], status)
            self.service.users.pop().abort()
            self.service.users.clear()
            self.network.settle()

    def test_refused(self) -> None:
        """The service may ask who the user is."""
        self.answered = ok(b"", b"Proxy-Authenticate: Basic", status=407)
        (response,) = told(self.send(self.asked).received)
        self.assertEqual((response.status, response.field(b"proxy-authenticate")), (407, b"Basic"))

    def test_body(self) -> None:
        """A body has no meaning there."""
        user = self.send(self.asked[:-2] + b"Content-Length: 5\r\n\r\nhello")
        self.assertEqual(told(user.received)[0].status, 400)

    def test_unknown(self) -> None:
        """A host that nobody has is not found."""
        self.assertEqual(told(self.send(b"CONNECT b.com:443 HTTP/1.1\r\nHost: b.com\r\n\r\n").received)[0].status, 404)


class SourceTests(ForwardingTestCase):
    """The PROXY protocol in front of HTTP."""

    proxy = {"transport": {"proxyProtocolVersion": "v1"}}

    def test_source(self) -> None:
        """The service hears who caused its connection."""
        service = self.network.service()
        table = {"name": "b", "type": "http", "localPort": service.port, "customDomains": ["a.com"], **self.proxy}
        self.client.update(self.network.proxies(table), [])
        self.network.advance(1)
        user = self.send(GET)
        port = user.transport.getHost().port
        self.assertTrue(service.users[0].received.startswith(b"PROXY TCP4 127.0.0.1 127.0.0.1 %d " % port))
