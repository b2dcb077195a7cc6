"""Requests over HTTP/2, as handlers get them."""

from __future__ import annotations

from h2.events import (
    ResponseReceived,
)
from hyperframe.frame import (
    DataFrame,
)

from frp.test.http.h2.test_connection import PROTOCOL, Case, blockOf, headersFrame
from frp.test.http.h2.user import GET, Receiver, User


class RequestTests(Case):
    """What a request must look like (8.1 to 8.3): a malformed one is reset, and the others go on."""

    def _malformed(self, block: list[tuple[str, str]]) -> None:
        user = User()
        other = user.request(1)
        user.raw(headersFrame(3, blockOf(request=block)))
        self.assertEqual((user.resets, len(user.exchanges), user.ended), ([(3, PROTOCOL)], 1, None), block)
        other.reply(200)
        user.exchange()
        self.assertEqual(len(user.of(ResponseReceived)), 1)

    def test_fields(self) -> None:
        """Names are lower-case tokens, values text, and nothing belongs to HTTP/1 connections."""
        for pair in (
            ("X-Test", "1"),
            ("x test", "1"),
            ("x:test", "1"),
            ("", "1"),
            ("x", "a\r\nb"),
            ("x", "a\x00"),
            ("x", " a"),
            ("x", "a\t"),
            ("connection", "close"),
            ("keep-alive", "1"),
            ("proxy-connection", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("te", "trailers, deflate"),
            ("cookie", "a\nb"),
            ("host", "y.example"),
            (":status", "200"),
            (":test", "1"),
            (":path", "/"),
            (":protocol", "websocket"),
        ):
            self._malformed([*GET, pair])
        self._malformed([*GET, ("host", "x.example"), ("host", "x.example")])
        self._malformed([*GET, *[("x", "")] * 300])

    def test_pseudo(self) -> None:
        """Method, scheme, path and authority are there once, in front, and are what they may be."""
        for index in range(4):
            self._malformed([pair for pair in GET if pair is not GET[index]])
            self._malformed([*GET, GET[index]])
            self._malformed([*GET[:index], (GET[index][0], ""), *GET[index + 1 :]])
            self._malformed([("x", "1"), *GET])
        for name, value in (
            (":method", "G T"),
            (":scheme", "ht tp"),
            (":path", "x"),
            (":path", "*"),
            (":path", "/a b"),
            (":path", "/a\tb"),
            (":path", "http://x/"),
            (":authority", "user@x"),
            (":authority", "x/y"),
            (":authority", "x y"),
        ):
            self._malformed([(key, value if key == name else there) for key, there in GET])

    def test_connect(self) -> None:
        """CONNECT has an authority only, and no protocol of its own: we have not offered that."""
        user = User()
        exchange = user.request(1, [(":method", "CONNECT"), (":authority", "x:443")])
        self.assertEqual((exchange.head.method, exchange.head.target), (b"CONNECT", b"x:443"))
        self._malformed([(":method", "CONNECT"), *GET[1:]])
        self._malformed([(":method", "CONNECT")])
        self._malformed([(":method", "CONNECT"), *GET[1:], (":protocol", "websocket")])

    def test_harmless(self) -> None:
        """A Host in place of an authority, one that says the same, and an asterisk are fine."""
        for block in (
            [GET[0], GET[1], GET[3], ("host", "x.example")],
            [*GET, ("host", "x.example")],
            [(":method", "OPTIONS"), *GET[1:3], (":path", "*")],
        ):
            self.assertEqual(User().request(1, block).head.fields.pairs, [(b"host", b"x.example")])

    def test_length(self) -> None:
        """A body is as long as it says."""
        for length in ("1", "5"):
            self.failsWith(
                PROTOCOL,
                headersFrame(1, blockOf(("content-length", length)), "END_HEADERS"),
                DataFrame(1, b"abc", flags=("END_STREAM",)),
            )
        for length in ("x", "-1", "+3", "3, 3", "9" * 5000):
            user = User()
            user.raw(headersFrame(1, blockOf(("content-length", length)), "END_HEADERS"))
            self.assertTrue(user.transport.disconnecting or user.resets == [(1, PROTOCOL)], length)
            self.assertEqual(user.exchanges, [])

    def test_trailers(self) -> None:
        """Fields behind a body end it, and do not say who is meant or how long it is."""
        for block in ([(":path", "/")], [("X", "1")], [("content-length", "3")], [("te", "trailers")], [("host", "x")]):
            self.failsWith(
                PROTOCOL, headersFrame(1, blockOf(request=block)), first=[headersFrame(1, None, "END_HEADERS")]
            )
        self.failsWith(
            PROTOCOL,
            headersFrame(1, blockOf(request=[("x", "1")]), "END_HEADERS"),
            first=[headersFrame(1, None, "END_HEADERS")],
        )

    def test_brokenBody(self) -> None:
        """Whoever waits for a body hears that it is broken."""
        user = User()
        user.raw(headersFrame(1, None, "END_HEADERS"))
        receiver = Receiver()
        user.exchanges[0].receive(receiver)
        user.raw(headersFrame(1, blockOf(request=[("X", "1")])))
        self.assertEqual((len(receiver.lost), receiver.ends), (1, []))
