"""The bodies of HTTP/1.1 messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.http.making import bodyEvents, fields
from frp.test.wire.strategies import cut, pieces
from frp.wire.http.body import (
    LINE_LIMIT,
    TRAILER_LIMIT,
    ChunkedReader,
    CloseReader,
    LengthReader,
    bodyReader,
    encodeChunk,
    encodeLastChunk,
)
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.framing import CHUNKED, UNTIL_CLOSE

_END = b"0\r\n\r\n"


def _chunked(data: bytes) -> tuple[bytes, bool, Fields | None, bytes, str]:
    whole = bodyEvents(ChunkedReader(), [data])
    apart = bodyEvents(ChunkedReader(), [bytes([byte]) for byte in data])
    assert whole == apart, (whole, apart)
    return whole


class LengthTests(SynchronousTestCase):
    """Bodies of so many bytes."""

    @given(st.binary(max_size=30), st.integers(0, 40), cut())
    def test_anyCut(self, data: bytes, length: int, marks: list[int]) -> None:
        """So many bytes are the body, and the others lie behind it."""
        done = len(data) >= length
        expected = (data[:length], done, None, data[length:] if done else b"", "")
        self.assertEqual(bodyEvents(bodyReader(length), pieces(data, marks)), expected)

    def test_notCopied(self) -> None:
        """A piece that lies within the body is given as it came."""
        data = bytes(1000)
        for reader in (LengthReader(1001), LengthReader(1000), CloseReader()):
            self.assertIs(reader.receive(data)[0], data)

    def test_cutOff(self) -> None:
        """A connection that ends within a body is told; one that ends where it may is not."""
        for reader in (LengthReader(1), ChunkedReader()):
            self.assertRaises(HTTPWireError, reader.connectionEnded)
        LengthReader(0).connectionEnded()
        close = bodyReader(UNTIL_CLOSE)
        self.assertEqual(close.receive(b"abc"), [b"abc"])
        self.assertFalse(close.done)
        close.connectionEnded()
        self.assertTrue(close.done)


class ChunkTests(SynchronousTestCase):
    """Bodies in chunks."""

    def test_chunks(self) -> None:
        """Chunks are joined, extensions dropped, and the next message left alone."""
        self.assertEqual(
            _chunked(b"5\r\nhello\r\n0A;name=value;x\r\n0123456789\r\n1;\t\xff\r\n!\r\n000\r\n\r\nGET"),
            (b"hello0123456789!", True, None, b"GET", ""),
        )

    def test_trailers(self) -> None:
        """Fields may stand behind the last chunk."""
        _, done, trailers, rest, _ = _chunked(b"0;x\r\nDigest: abc\r\nX: y\r\n\r\n\r\n")
        self.assertEqual((done, rest), (True, b"\r\n"))
        self.assertEqual(trailers, Fields([(b"Digest", b"abc"), (b"X", b"y")]))

    def test_malformed(self) -> None:
        """What others read in other ways is refused."""
        for data in (
            b"\r\n",
            b";x\r\n",
            b" 5\r\n",
            b"5 \r\n",
            b"5\t;x\r\n",
            b"+5\r\n",
            b"-5\r\n",
            b"0x5\r\n",
            b"1_0\r\n",
            b"5\n",
            b"5\rhello",
            b"5;x\ny\r\n",
            b"5;x\ry\r\n",
            b"5;\x00\r\n",
            b"G\r\n",
            b"\xef\xbc\x95\r\n",
            b"00000000000000005\r\n",
            b"1\r\nab",
            b"1\r\na\n",
            b"1\r\na\r\r",
            b"1\r\na0\r\n\r\n",
            b"0\r\n X: y\r\n\r\n",
            b"0\r\nX : y\r\n\r\n",
            b"0\r\nX: y\nZ: a\r\n\r\n",
            b"0\r\nX: \x00\r\n\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n\rx\r\n\r\n",
            b"0\r\nContent-Length: 5\r\n\r\n",
            b"0\r\ntransfer-encoding: chunked\r\n\r\n",
            b"0\r\nHOST: x\r\n\r\n",
        ):
            self.assertNotEqual(_chunked(data + b"\r\n\r\n")[4], "", data)

    def test_services(self) -> None:
        """What services write around chunks is let pass as in Go; trailers that must not be are dropped."""
        data = b"5   \r\nhello\r\n1\t;\x01\r\n!\r\n0\r\nContent-Length: 5\nX : y\r\nY: z\r\n  z\r\n\r\nrest"
        for parts in ([data], [bytes([byte]) for byte in data]):
            pieces, done, trailers, rest, _ = bodyEvents(ChunkedReader(True), parts)
            self.assertEqual((pieces, done, rest), (b"hello!", True, b"rest"))
            self.assertEqual(trailers, Fields([(b"Y", b"z z")]))
        for wrong in (b"5 5\r\n", b" 5\r\n", b"5\n", b"5;\r\r\n", b"0\r\nX\r\n\r\n", b"0\r\nX: \x00\r\n\r\n"):
            self.assertNotEqual(bodyEvents(ChunkedReader(True), [wrong])[4], "", wrong)

    def test_bounds(self) -> None:
        """Lines and trailers have a limit, and so has a body that is nearly all extensions."""
        self.assertNotEqual(_chunked(b"1;" + b"x" * LINE_LIMIT)[4], "")
        self.assertNotEqual(_chunked(b"0\r\nX: " + b"x" * TRAILER_LIMIT)[4], "")
        self.assertNotEqual(_chunked((b"1;" + b"x" * 1000 + b"\r\na\r\n") * 18)[4], "")
        self.assertEqual(_chunked((b"1\r\na\r\n" * 20000) + _END)[:2], (b"a" * 20000, True))

    def test_heldBack(self) -> None:
        """No part of a chunk is kept, and of a line and of trailers only so much."""
        for data in (b"fffffffffffffff\r\n" + bytes(70000), b"1;" + b"x" * 70000, b"0\r\nX:" + b"x" * 70000):
            for size in (1, 999, 80000):
                reader = ChunkedReader()
                got = bodyEvents(reader, [data[start : start + size] for start in range(0, len(data), size)])
                self.assertTrue(got[4] or len(got[0]) == 70000)
                self.assertLess(len(reader._line), TRAILER_LIMIT * 2)

    @given(st.lists(st.binary(min_size=1, max_size=9000), max_size=4), fields, cut(), st.binary(max_size=5))
    def test_roundTrip(self, chunks: list[bytes], behind: Fields, marks: list[int], rest: bytes) -> None:
        """What was written is read, however it was cut."""
        try:
            last = encodeLastChunk(behind)
        except LocalWireError:
            return
        data = b"".join(map(encodeChunk, chunks)) + last + rest
        body = b"".join(chunks)
        self.assertEqual(bodyEvents(bodyReader(CHUNKED), pieces(data, marks)), (body, True, behind or None, rest, ""))

    @given(
        st.lists(
            st.sampled_from([b"5\r\nhello\r\n", b"0", b"\r\n", b"\n", b"\r", b";x=y", b"X: y", b"A", _END, b"+", b" "])
            | st.binary(max_size=4),
            max_size=12,
        ).map(b"".join),
        cut(),
    )
    def test_anyCut(self, data: bytes, marks: list[int]) -> None:
        """Any bytes give the same body and the same refusal, however they are cut."""
        self.assertEqual(bodyEvents(ChunkedReader(), pieces(data, marks)), _chunked(data))

    def test_chunk(self) -> None:
        """A piece has its size before it and a line break behind it, and may leave with what goes in front."""
        self.assertEqual(encodeChunk(b"abc"), b"3\r\nabc\r\n")
        self.assertEqual(encodeChunk(bytes(65536), b"head\r\n\r\n"), b"head\r\n\r\n10000\r\n" + bytes(65536) + b"\r\n")

    def test_trailersRefused(self) -> None:
        """Trailers that nobody would take are not sent."""
        for pair in ((b"Host", b"x"), (b"X", b"a\r\nb"), (b"X Y", b""), (b"X", b"y" * TRAILER_LIMIT)):
            with self.assertRaises(LocalWireError):
                encodeLastChunk(Fields([pair]))
