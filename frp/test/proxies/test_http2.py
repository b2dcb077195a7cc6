"""HTTP/2 by prior knowledge on vhostHTTPPort, with services that speak HTTP/1."""

from __future__ import annotations

from typing import Any

from h2.events import TrailersReceived

from frp.test.http.h2.asking import AskingHTTP2
from frp.test.proxies.test_http import PORT
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts.outcomes import sessionOf
from frp.testing.network import User

_HOST = "www.example.com"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class HTTP2Tests(NetworkTestCase):
    """The whole way from a user to a service and back."""

    def setUp(self) -> None:
        super().setUp()
        self.asked: list[bytes] = []
        self.response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        service = self.network.service(self._answer)
        self.network.server(vhostHTTPPort=PORT)
        table = {"name": "web", "type": "http", "localPort": service.port, "customDomains": [_HOST]}
        running = sessionOf(self.network.client(proxies=[table])).proxies["web"]
        self.assertEqual(running.error, "")
        self.user = self.network.user(PORT)
        self.asking = AskingHTTP2(self.user, self.network)

    def _answer(self, user: User, data: bytes) -> None:
        self.asked.append(data)
        asked = b"".join(self.asked)
        if b"\r\n\r\n" in asked and (b"chunked" not in asked or asked.endswith(b"0\r\n\r\n")):
            user.send(self.response)

    def _ask(self, number: int = 1, **more: Any) -> tuple[str, bytes]:
        return self.asking.ask(number, host=_HOST, **more)

    def test_manyRequests(self) -> None:
        """Requests of one connection reach the service as those of HTTP/1.1 do, and are answered."""
        for number in (1, 3, 5):
            self.asked.clear()
            self.assertEqual(self._ask(number), ("200", b"ok"))
            self.assertTrue(self.asked[0].startswith(b"GET /x HTTP/1.1\r\nHost: www.example.com\r\n"))
        self.assertEqual(self.asking.ask(7, host="other.example")[0], "404")

    def test_large(self) -> None:
        """Bodies that are larger than all windows come through in both directions."""
        body = bytes(range(256)) * 1600
        self.response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        self.assertEqual(self._ask(), ("200", body))
        self.response = _CHUNKED + b"1\r\n!\r\n0\r\n\r\n"
        self.asked.clear()
        asking = self.asking
        head = [(":method", "POST"), (":scheme", "http"), (":authority", _HOST), (":path", "/x")]
        asking.h2.send_headers(3, head)
        left = body * 2
        while left:
            asking.exchange()
            room = min(asking.h2.local_flow_control_window(3), 16384, len(left))
            if room:
                asking.h2.send_data(3, left[:room], end_stream=room == len(left))
                left = left[room:]
        asking.exchange()
        got = b"".join(self.asked)
        self.assertGreater(len(got), 2 * len(body))
        self.assertIn(b"Transfer-Encoding: chunked\r\n", got)

    def test_trailers(self) -> None:
        """What stands behind the body of a service is told to users, as gRPC wants it."""
        self.response = _CHUNKED + b"2\r\nok\r\n0\r\nGrpc-Status: 0\r\n\r\n"
        self.assertEqual(self._ask(more=[("te", "trailers")]), ("200", b"ok"))
        self.assertIn(b"te: trailers\r\n", self.asked[0].lower())
        behind = [event.headers for event in self.asking.events if isinstance(event, TrailersReceived)]
        self.assertEqual(behind, [[("grpc-status", "0")]])

    def test_pieces(self) -> None:
        """The preface may come byte by byte."""
        data = self.asking.h2.data_to_send()
        for byte in data:
            self.user.send(bytes([byte]))
            self.network.settle()
        self.assertEqual(self._ask(), ("200", b"ok"))

    def test_nonsense(self) -> None:
        """A service that speaks no HTTP is a bad gateway for this request only."""
        self.response = b"nonsense\r\n\r\n"
        self.assertIn(self._ask()[0], ("404", "502"))
        self.response = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.asked.clear()
        self.assertEqual(self._ask(3), ("204", b""))
