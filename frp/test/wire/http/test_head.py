"""The heads of HTTP/1.1 messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.http.making import headEvents, requests, responses
from frp.test.wire.strategies import cut, pieces
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import COUNT_LIMIT, RESPONSE_COUNT_LIMIT, Fields
from frp.wire.http.framing import CHUNKED, UNTIL_CLOSE
from frp.wire.http.head import HEAD_LIMIT, RESPONSE_LIMIT, RequestHead, ResponseHead
from frp.wire.http.reader import requestReader, responseReader

_GET = b"GET /a?b HTTP/1.1\r\nHost: x.example\r\nX-One:\t 1 \r\nx-one: 2\r\nEmpty:\r\n\r\n"


def _status(data: bytes) -> int:
    return headEvents(requestReader(), [data])[1]


class RequestTests(SynchronousTestCase):
    """What a server reads."""

    def test_parts(self) -> None:
        """The line and the fields are there as they were sent, without the white space around values."""
        head = requestReader().receive(_GET)
        assert head is not None
        self.assertEqual((head.method, head.target, head.version), (b"GET", b"/a?b", b"HTTP/1.1"))
        self.assertEqual(
            head.fields.pairs, [(b"Host", b"x.example"), (b"X-One", b"1"), (b"x-one", b"2"), (b"Empty", b"")]
        )
        self.assertEqual(head.framing(), 0)

    def test_emptyLine(self) -> None:
        """One empty line before a request is passed over, a second one is not."""
        self.assertEqual(headEvents(requestReader(), [b"\r\n" + _GET])[0], headEvents(requestReader(), [_GET])[0])
        self.assertEqual(_status(b"\r\n\r\n" + _GET), 400)
        self.assertEqual(headEvents(requestReader(), [_GET + b"\r\n" + _GET])[1:], (0, b""))

    def test_earlyNo(self) -> None:
        """What is no HTTP is told at its first byte, and a bare line feed at once."""
        for beginning in (b"\x16", b"\x00", b"\n", b"\rG", b" ", b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\r\nHost: x\n"):
            self.assertEqual(_status(beginning), 400, beginning)
        with self.assertRaises(HTTPWireError) as caught:
            requestReader().receive(b"\x16\x03\x01\x02\x00")
        self.assertIn("TLS", caught.exception.detail)

    def test_begun(self) -> None:
        """One can tell a user who is about to ask from one who is idle."""
        reader = requestReader()
        self.assertFalse(reader.begun)
        reader.receive(b"G")
        self.assertTrue(reader.begun)
        reader.receive(_GET[1:])
        self.assertFalse(reader.begun)

    def test_limits(self) -> None:
        """A head may be 64 KiB long and have 256 fields."""
        room = HEAD_LIMIT - len(_GET) - len(b"Y: \r\n")
        longest = _GET[:-2] + b"Y: " + b"y" * room + b"\r\n\r\n"
        self.assertEqual(_status(longest), 0)
        self.assertEqual(_status(longest[:-4] + b"y\r\n\r\n"), 431)
        self.assertEqual(_status(b"GET /" + b"y" * HEAD_LIMIT + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 414)
        line = b"GET / HTTP/1.1\r\nHost: x\r\n"
        self.assertEqual(_status(line + b"A: b\r\n" * (COUNT_LIMIT - 1) + b"\r\n"), 0)
        self.assertEqual(_status(line + b"A: b\r\n" * COUNT_LIMIT + b"\r\n"), 431)

    def test_endlessHead(self) -> None:
        """A head without an end is held up to the limit only, in whatever pieces it comes."""
        for size in (1000, 70000):
            reader = requestReader()
            with self.assertRaises(HTTPWireError):
                for _ in range(100):
                    reader.receive(b"x" * size)
            self.assertLess(len(reader._buffer), HEAD_LIMIT + size)

    def test_framing(self) -> None:
        """The framing of a request is that of its fields, and no body without them."""
        for pairs, framing in (
            ([], 0),
            ([(b"Content-Length", b"017")], 17),
            ([(b"transfer-encoding", b"CHUNKED")], CHUNKED),
        ):
            self.assertEqual(RequestHead(b"POST", b"/", Fields(pairs)).framing(), framing)

    def test_versions(self) -> None:
        """Other versions are refused as such, and what is no version as malformed."""
        for version, status in (
            (b"HTTP/2.0", 505),
            (b"HTTP/1.2", 505),
            (b"HTTP/0.9", 505),
            (b"http/1.1", 400),
            (b"HTTP/1.10", 400),
            (b"", 400),
        ):
            self.assertEqual(_status(b"GET / " + version + b"\r\nHost: x\r\n\r\n"), status, version)
        self.assertEqual(_status(b"GET /\r\nHost: x\r\n\r\n"), 400)

    @given(st.lists(requests(), max_size=3), cut())
    def test_roundTrip(self, heads: list[RequestHead], marks: list[int]) -> None:
        """What was written is read, however it was cut."""
        data = b"".join(head.encode() for head in heads)
        self.assertEqual(headEvents(requestReader(), pieces(data, marks)), (heads, 0, b""))


class ResponseTests(SynchronousTestCase):
    """What a client reads."""

    def test_statusLines(self) -> None:
        """The reason may be missing, with or without the space before it."""
        for line, status, reason in (
            (b"HTTP/1.1 200 OK", 200, b"OK"),
            (b"HTTP/1.0 404 Not  Found ", 404, b"Not  Found "),
            (b"HTTP/1.1 204 ", 204, b""),
            (b"HTTP/1.1 999", 999, b""),
            (b"HTTP/1.1   200  OK", 200, b" OK"),
            (b"HTTP/2.0 200 OK", 200, b"OK"),
            (b"HTTP/1.1 200 O\x00K", 200, b""),
            (b"HTTP/1.1 200 O\rK", 200, b""),
        ):
            head = responseReader().receive(line + b"\r\n\r\n")
            assert head is not None
            self.assertEqual((head.status, head.reason), (status, reason))

    def test_limits(self) -> None:
        """A service may say more than a user: 256 KiB, in 2048 fields."""
        line = b"HTTP/1.1 200 OK\r\n"
        longest = line + b"Y: " + b"y" * (RESPONSE_LIMIT - len(line) - 7) + b"\r\n\r\n"
        many = line + b"A: b\r\n" * RESPONSE_COUNT_LIMIT
        for data, status in (
            (longest, 0),
            (longest[:-4] + b"y\r\n\r\n", 431),
            (many + b"\r\n", 0),
            (many + b"A: b\r\n\r\n", 431),
            (many + b"A: b\n\n", 431),
        ):
            for parts in ([data], [data[:1000], data[1000:-1], data[-1:]]):
                self.assertEqual(headEvents(responseReader(), parts)[1], status)

    def test_malformed(self) -> None:
        """What is no response is a bad gateway."""
        for line in (b"HTTP/1.1 20", b"HTTP/1.1 2000", b"HTTP/1.1 099", b"HTTP/1.1 +20", b"HTTP/11 200", b"ICY 200"):
            self.assertEqual(headEvents(responseReader(), [line + b" OK\r\n\r\n"])[1], 502, line)

    def test_framing(self) -> None:
        """Where the body of a response ends."""
        ten = Fields([(b"Content-Length", b"10")])
        chunked = Fields([(b"Transfer-Encoding", b"chunked")])
        for status, method, fields, framing in (
            (200, b"GET", ten, 10),
            (200, b"GET", chunked, CHUNKED),
            (200, b"GET", Fields(), UNTIL_CLOSE),
            (200, b"HEAD", ten, 0),
            (200, b"HEAD", chunked, 0),
            (100, b"GET", Fields(), 0),
            (101, b"GET", Fields(), 0),
            (204, b"GET", ten, 0),
            (304, b"GET", ten, 0),
            (200, b"CONNECT", Fields(), 0),
            (299, b"CONNECT", chunked, 0),
            (407, b"CONNECT", ten, 10),
        ):
            self.assertEqual(ResponseHead(status, b"", fields).framing(method), framing)

    @given(st.lists(responses(), max_size=3), cut())
    def test_roundTrip(self, heads: list[ResponseHead], marks: list[int]) -> None:
        """What was written is read, however it was cut."""
        data = b"".join(head.encode() for head in heads)
        self.assertEqual(headEvents(responseReader(), pieces(data, marks)), (heads, 0, b""))


class JunkTests(SynchronousTestCase):
    """Bytes that nobody wrote with care."""

    @given(
        st.lists(
            st.sampled_from(
                [
                    _GET,
                    b"GET / HTTP/1.1",
                    b"HTTP/1.1 200 OK\r\nA: b\n",
                    b"\r\n",
                    b"\n",
                    b"\r",
                    b"Host: x",
                    b":",
                    b" ",
                    b"\x00",
                    b"HTTP/1.1 ",
                ]
            )
            | st.binary(max_size=9),
            max_size=12,
        ).map(b"".join),
        cut(),
    )
    def test_anyCut(self, data: bytes, marks: list[int]) -> None:
        """Any bytes give the same heads and the same refusal, however they are cut."""
        for reader in (requestReader, responseReader):
            whole = headEvents(reader(), [data] if data else [])
            self.assertEqual(headEvents(reader(), pieces(data, marks))[:2], whole[:2])
            self.assertEqual(headEvents(reader(), [bytes([byte]) for byte in data])[:2], whole[:2])

    @given(st.binary(max_size=4), st.binary(max_size=4), st.binary(max_size=4), st.binary(max_size=4))
    def test_encodingRefuses(self, method: bytes, target: bytes, name: bytes, value: bytes) -> None:
        """What is written can be read, and nothing else is written."""
        head = RequestHead(method, target, Fields([(b"Host", b"x"), (name, value)]))
        try:
            data = head.encode()
        except LocalWireError:
            return
        head.fields = Fields([(b"Host", b"x"), (name, value.strip())])
        self.assertEqual(headEvents(requestReader(), [data]), ([head], 0, b""))

    def test_refused(self) -> None:
        """A message of ours that could be read in two ways is not sent."""
        host = (b"Host", b"x")
        for pairs in (
            [],
            [host, host],
            [host, (b"Content-Length", b"1"), (b"Transfer-Encoding", b"chunked")],
            [host, (b"Content-Length", b"+1")],
            [host, (b"X", b"1\r\nY: 2")],
            [host, (b"X\r\n", b"1")],
            [host, (b"X", b"y" * HEAD_LIMIT)],
            [host] + [(b"X", b"")] * COUNT_LIMIT,
        ):
            with self.assertRaises(LocalWireError):
                RequestHead(b"GET", b"/", Fields(pairs)).encode()
        for head in (
            ResponseHead(99, b"", Fields()),
            ResponseHead(200, b"O\nK", Fields()),
            ResponseHead(200, b"OK", Fields([(b"Content-Length", b"x")])),
            ResponseHead(200, b"OK", Fields(), b"HTTP/2.0"),
        ):
            self.assertRaises(LocalWireError, head.encode)
