"""
The known tricks by which one request hides in another: all of them need a server that reads a message in another way
than the one behind it, so that whatever could be read in two ways must be refused.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.http.making import headEvents
from frp.wire.http.framing import UNTIL_CLOSE
from frp.wire.http.head import ResponseHead
from frp.wire.http.reader import requestReader, responseReader

_CHUNKED = b"Transfer-Encoding: chunked"
_LENGTH = b"Content-Length: 5"


def _request(*lines: bytes, line: bytes = b"POST / HTTP/1.1", host: bytes = b"Host: x") -> bytes:
    return b"\r\n".join([line, *filter(None, [host]), *lines, b"", b""])


def _statuses(data: bytes) -> set[int]:
    """What is answered, to the request as a whole and byte by byte."""
    return {headEvents(requestReader(), parts)[1] for parts in ([data], [bytes([byte]) for byte in data])}


class FramingTests(SynchronousTestCase):
    """Two lengths, or one that is read in two ways."""

    def test_twoLengths(self) -> None:
        """CL.TE, TE.CL and CL.CL."""
        for lines in (
            [_LENGTH, _CHUNKED],
            [_CHUNKED, _LENGTH],
            [_CHUNKED, b"content-length: 0"],
            [b"Content-Length: 0", b"TRANSFER-ENCODING: chunked"],
            [_LENGTH, b"Transfer-Encoding: x"],
            [_LENGTH, b"Transfer-Encoding:"],
            [_LENGTH, _LENGTH],
            [_LENGTH, b"Content-Length: 6"],
            [_LENGTH, b"X: y", b"content-length: 0"],
        ):
            self.assertEqual(_statuses(_request(*lines)), {400}, lines)

    def test_lengths(self) -> None:
        """A length is digits, and nothing else."""
        for value in (
            b"",
            b"+5",
            b"-5",
            b"-0",
            b"5, 5",
            b"5,5",
            b"5 5",
            b"5;",
            b"0x5",
            b"5_0",
            b"5.0",
            b"5e0",
            b"1" * 19,
            b"\xb2",
            b"\xd9\xa5",
            b'"5"',
        ):
            self.assertEqual(_statuses(_request(b"Content-Length: " + value)), {400}, value)
        self.assertEqual(_statuses(_request(b"Content-Length: \t 5\t")), {0})

    def test_codings(self) -> None:
        """Chunked is the only transfer coding, alone and spelled in full."""
        for value in (
            b"",
            b"x",
            b"xchunked",
            b"chunkedx",
            b"chunked, chunked",
            b"chunked,",
            b",chunked",
            b"gzip, chunked",
            b"chunked, identity",
            b"identity",
            b"chunked;q=1",
            b'"chunked"',
            b"'chunked'",
            b"chunk\xc3\xa9d",
            b"\xe2\x80\x8bchunked",
            b"\xa0chunked",
            b"chunked\x85",
            b"chun\tked",
        ):
            self.assertEqual(_statuses(_request(b"Transfer-Encoding: " + value)), {501}, value)
        self.assertEqual(_statuses(_request(_CHUNKED, _CHUNKED)), {400})
        self.assertEqual(_statuses(_request(_CHUNKED, b"Transfer-encoding: identity")), {400})
        self.assertEqual(_statuses(_request(b"Transfer-Encoding:\tChunked ")), {0})

    def test_oldVersion(self) -> None:
        """HTTP/1.0 has no transfer codings."""
        self.assertEqual(_statuses(_request(_CHUNKED, line=b"POST / HTTP/1.0")), {400})


class FieldTests(SynchronousTestCase):
    """Lines that some read as fields and others do not."""

    def test_lines(self) -> None:
        """Names are tokens, with the colon right behind them; nothing is continued; there are no control characters."""
        for wrong in (
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding\t: chunked",
            b" Transfer-Encoding: chunked",
            b"\tTransfer-Encoding: chunked",
            b"X: y\r\n chunked",
            b"X: y\r\n\tTransfer-Encoding: chunked",
            b"Transfer-Encoding:\x0bchunked",
            b"Transfer-Encoding:\x0cchunked",
            b"Transfer-Encoding: chunked\x0b",
            b"Transfer-Encoding: \x00chunked",
            b"Transfer-Encoding\x00: chunked",
            b"Transfer-Encoding\x0b: chunked",
            b"Transfer-Encoding\xa0: chunked",
            b"\x00Transfer-Encoding: chunked",
            b"X: y\nTransfer-Encoding: chunked",
            b"X: y\rTransfer-Encoding: chunked",
            b"X: y\r\rTransfer-Encoding: chunked",
            b"X: y\n\rTransfer-Encoding: chunked",
            b"X: y\r\r\nTransfer-Encoding: chunked",
            b"X: y\x00",
            b"X: y\x7f",
            b"X: \x1b[31m",
            b"Foo: bar\r",
            b"Transfer-Encoding",
            b"Transfer-Encoding chunked",
            b": chunked",
            b"",
            b"(X): y",
            b"X@: y",
            b"X{}: y",
            b"Content-Length\xef\xbc\x9a 5",
        ):
            data = _request(b"A: b", wrong, b"Z: z")
            if not wrong:
                data = b"POST / HTTP/1.1\r\nHost: x\r\n \r\nGET / HTTP/1.1\r\n\r\n"
            self.assertEqual(_statuses(data), {400}, wrong)

    def test_lineEnds(self) -> None:
        """Lines end with CR LF."""
        data = _request(_LENGTH)
        for end in (b"\n", b"\r", b"\n\r", b"\r\r\n", b"\x0b\r\n"):
            self.assertEqual(_statuses(data.replace(b"\r\n", end, 1) + data), {400}, end)
            self.assertEqual(_statuses(data[:-4] + end + data[-4:] + data), {400}, end)

    def test_harmless(self) -> None:
        """Fields that merely look like framing are left to the service."""
        for line in (b"Transfer_Encoding: chunked", b"X-Transfer-Encoding: chunked", b"Content_Length: 5", b"X: \xe9"):
            self.assertEqual(_statuses(_request(line)), {0}, line)


class RoutingTests(SynchronousTestCase):
    """Requests of which nobody knows who is meant."""

    def test_hosts(self) -> None:
        """There is exactly one Host, made of what names and addresses are made of."""
        for host, more in (
            (b"", []),
            (b"Host: x", [b"Host: x"]),
            (b"Host: x", [b"host: y"]),
            (b"Host: x y", []),
            (b"Host: x\ty", []),
            (b"Host: u@x", []),
            (b"Host: x/y", []),
            (b"Host: x#y", []),
            (b"Host: x?y", []),
            (b"Host: x\\y", []),
            (b"Host: x\xe9", []),
            (b"Host: <x>", []),
        ):
            self.assertEqual(_statuses(_request(*more, host=host)), {400}, (host, more))
        self.assertEqual(_statuses(_request(host=b"", line=b"GET / HTTP/1.0")), {0})
        self.assertEqual(_statuses(_request(b"Host: y", line=b"GET / HTTP/1.0")), {400})

    def test_requestLines(self) -> None:
        """Method, target and version have one space between them, and none inside."""
        for line in (
            b"GET  / HTTP/1.1",
            b"GET /  HTTP/1.1",
            b"GET / HTTP/1.1 ",
            b"GET /a b HTTP/1.1",
            b"GET\t/ HTTP/1.1",
            b"GET /\tHTTP/1.1",
            b"GET /\ta HTTP/1.1",
            b"GET /\x00 HTTP/1.1",
            b"GET /\x7f HTTP/1.1",
            b"GET /\x0b HTTP/1.1",
            b"GET / HTTP/1.1\x00",
            b"G(T / HTTP/1.1",
            b"G\xc9T / HTTP/1.1",
            b"GET  HTTP/1.1",
            b"GET HTTP/1.1",
            b"GET /",
            b"GET / HTTP/01.1",
            b"GET / HTTP/1,1",
            b"GET / HTTP/ 1.1",
            b"GET / HTTP/1.1 HTTP/1.1",
            b"POST / HTTP/1.1\r\nGET / HTTP/1.1",
        ):
            self.assertIn(_statuses(_request(line=line)), ({400}, {505}), line)


class ResponseTests(SynchronousTestCase):
    """The same tricks of a service, whose answers are shared by users: Go reads some of them, and what is left of those
    is read in one way by everybody."""

    def test_refused(self) -> None:
        """What Go does not understand is a bad gateway."""
        for lines in (
            [_LENGTH, b"Content-Length: 6"],
            [_LENGTH, b"Content-Length: 05"],
            [b"Content-Length: +5"],
            [b"Content-Length:"],
            [b"Content-Length: 5, 5"],
            [b"Content-Length: x", _CHUNKED],
            [b"Transfer-Encoding: gzip, chunked"],
            [b"Transfer-Encoding: identity"],
            [_CHUNKED, _CHUNKED],
            [_LENGTH, b"Transfer-Encoding:"],
            [b" folded: first"],
            [b"X: \x00"],
            [b"X: \x7f"],
            [b"X: y\rTransfer-Encoding: chunked"],
            [b"X: y\r\r\nZ: z"],
            [b"X: y\r\n\x0bz"],
            [b"X\t: y"],
            [b"X(: y"],
            [b"X\xe9: y"],
            [b": y"],
            [b"X"],
            [b"X\r\n : y"],
        ):
            data = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b""])
            self.assertEqual(headEvents(responseReader(), [data])[1], 502, lines)

    def test_settled(self) -> None:
        """What Go understands is understood as in Go, and nothing is left that is understood in another way."""
        for lines, left in (
            ([_LENGTH, _CHUNKED], [(b"Transfer-Encoding", b"chunked")]),
            ([_CHUNKED, b"content-length: 0"], [(b"Transfer-Encoding", b"chunked")]),
            ([_LENGTH, b"X: y", b"content-length:5"], [(b"Content-Length", b"5"), (b"X", b"y")]),
            ([b"Transfer-Encoding : chunked", b"A b: c"], []),
            ([b"X: y\nZ: z"], [(b"X", b"y"), (b"Z", b"z")]),
            ([b"X: y \r\n\t z\n  \r\n Transfer-Encoding: chunked"], [(b"X", b"y z  Transfer-Encoding: chunked")]),
            ([b"X:\r\n y\r\n"[:-2]], [(b"X", b"y")]),
            ([b"X: \xe9\xff\t"], [(b"X", b"\xe9\xff")]),
        ):
            data = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b"body"])
            (head,), _, rest = _first(data)
            self.assertEqual((head.fields.pairs, rest), (left, b"body"), lines)
            self.assertEqual(headEvents(responseReader(), [bytes([byte]) for byte in data[:-4]])[0], [head])

    def test_oldVersion(self) -> None:
        """HTTP/1.0 has no chunks: Go passes over the field, and reads to the end of the connection."""
        for version in (b"1.0", b"0.9"):
            (head,), _, _ = headEvents(responseReader(), [b"HTTP/" + version + b" 200 OK\r\n" + _CHUNKED + b"\r\n\r\n"])
            assert isinstance(head, ResponseHead)
            self.assertEqual((head.version, head.framing(b"GET")), (b"HTTP/1.0", UNTIL_CLOSE))

    def test_shortEnds(self) -> None:
        """The first empty line ends a head, whatever lines end with."""
        for end in (b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\n"):
            for body in (b"", b"\n\n", b"\r\n\r\n", b"X: y\r\n\r\n", b"\r\n"):
                head, status, rest = _first(b"HTTP/1.1 200 OK\nContent-Length: 5" + end + body)
                self.assertEqual(
                    (head[0].fields.pairs, status, rest), ([(b"Content-Length", b"5")], 0, body), (end, body)
                )


def _first(data: bytes) -> tuple[list[ResponseHead], int, bytes]:
    reader = responseReader()
    head = reader.receive(data)
    assert head is not None
    return [head], 0, reader.rest
