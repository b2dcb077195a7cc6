"""Compression of payload."""

from __future__ import annotations

from cramjam import snappy as rust
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.snappy import Compressor, CorruptStream, Decompressor

_IDENTIFIER = b"\xff\x06\x00\x00sNaPpY"
_LONGEST = 4 + 76490 + 4

_writes = st.lists(st.binary(max_size=50) | st.integers(0, 70000).map(bytes), max_size=5)


def _chunk(kind: int, body: bytes, length: int | None = None) -> bytes:
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3, "little") + body


def _hello() -> bytes:
    return Compressor().compress(b"hello")[len(_IDENTIFIER) :]


def _read(parts: list[bytes]) -> tuple[bytes, str]:
    """All that the parts hold, and the error that ended them, if one did."""
    decompressor = Decompressor()
    found = b""
    try:
        for part in parts:
            found += decompressor.decompress(part)
        decompressor.finish()
    except CorruptStream as error:
        return found + error.before, error.detail
    return found, ""


class RecordedTests(SynchronousTestCase):
    """The same streams as the reference's."""

    def test_readsTheReferences(self) -> None:
        """Every write of the reference is read at once: text, noise, long runs, empty writes."""
        for plain, writes in _recorded():
            decompressor = Decompressor()
            self.assertEqual([decompressor.decompress(write) for write in writes], plain)

    def test_writesTheReferences(self) -> None:
        """And ours are the same bytes: the identifier first, noise stored as it is, nothing kept back."""
        for plain, writes in _recorded():
            compressor = Compressor()
            self.assertEqual([compressor.compress(text) for text in plain], writes)


def _recorded() -> list[tuple[list[bytes], list[bytes]]]:
    return [
        (
            [bytes.fromhex(text) for text in vector["plain"]] or [bytes(vector["zeros"])],
            [bytes.fromhex(write) for write in vector["writes"]],
        )
        for vector in recorded("wire", "snappy")
    ]


class PropertyTests(SynchronousTestCase):
    """What holds for all streams of bytes."""

    @given(_writes, cut())
    def test_anyCut(self, writes: list[bytes], marks: list[int]) -> None:
        """However it was written and cut, the same bytes come out."""
        stream = b"".join(map(Compressor().compress, writes))
        self.assertEqual(_read(pieces(stream, marks)), (b"".join(writes), ""))

    @given(st.booleans(), st.binary(max_size=80), cut())
    def test_junk(self, identified: bool, junk: bytes, marks: list[int]) -> None:
        """Any bytes give bytes or the peer's error, the same ones for any cut."""
        stream = (_IDENTIFIER if identified else b"") + junk
        self.assertEqual(_read(pieces(stream, marks)), _read([stream]))

    @given(_writes, st.integers(0, 2**17), st.binary(min_size=1, max_size=3), cut())
    def test_damage(self, writes: list[bytes], where: int, junk: bytes, marks: list[int]) -> None:
        """The same for a stream that was damaged: what was whole before the fault comes out, then the error."""
        compressor = Compressor()
        stream = bytearray(b"".join(map(compressor.compress, [b"start", *writes, b"end"])))
        stream[where % len(stream) : where % len(stream) + len(junk)] = junk
        self.assertEqual(_read(pieces(bytes(stream), marks)), _read([bytes(stream)]))

    @given(st.lists(st.binary(max_size=300), max_size=20))
    def test_boundedMemory(self, parts: list[bytes]) -> None:
        """No more than one unfinished chunk is kept, whatever comes."""
        decompressor = Decompressor()
        for part in [_IDENTIFIER, *parts]:
            try:
                decompressor.decompress(part)
            except RemoteWireError:
                pass
            self.assertLessEqual(len(decompressor._buffer), len(_IDENTIFIER) + _LONGEST)


class LimitTests(SynchronousTestCase):
    """What is allowed, and what ends the stream."""

    def assertBad(self, stream: bytes, problem: str) -> None:
        """The stream ends with that error, however it is cut."""
        self.assertIn(problem, _read([stream])[1])
        self.assertEqual(_read([stream[i : i + 1] for i in range(len(stream))]), _read([stream]))

    def test_startsWithItsIdentifier(self) -> None:
        """Without the identifier it is some other protocol; four bytes are enough to tell."""
        self.assertBad(b"GET ", "starts with chunk type 0x47")
        self.assertBad(_hello(), "starts with chunk type 0x01")

    def test_silence(self) -> None:
        """Whoever says nothing takes no room for what it might say."""
        made: list[rust.Compressor] = []
        real = rust.Compressor

        def make() -> rust.Compressor:
            made.append(real())
            return made[-1]

        self.patch(rust, "Compressor", make)
        compressor = Compressor()
        self.assertEqual((compressor.compress(b""), made), (b"", []))
        compressor.compress(b"hello")
        compressor.compress(b"hello")
        self.assertEqual(len(made), 1)

    def test_identifier(self) -> None:
        """The identifier may come again, but not be another one."""
        self.assertEqual(_read([_IDENTIFIER + _hello() + _IDENTIFIER + _hello()]), (b"hellohello", ""))
        self.assertBad(_chunk(0xFF, b"sNaPpy"), "identifier is a different one")
        self.assertBad(_IDENTIFIER + _chunk(0xFF, b"sNaPp"), "identifier of 5 bytes")

    def test_skippedAndForbidden(self) -> None:
        """Types 0x80 to 0xfe are passed over, 0x02 to 0x7f end the stream."""
        skipped = b"".join(_chunk(kind, b"whatever") for kind in range(0x80, 0xFF))
        self.assertEqual(_read([_IDENTIFIER + skipped + _hello() + skipped + _hello()]), (b"hellohello", ""))
        for kind in range(0x02, 0x80):
            self.assertBad(_IDENTIFIER + _hello() + _chunk(kind, b""), f"chunk type {kind:#04x} is not supported")

    def test_lengthIsJudgedFirst(self) -> None:
        """A chunk that is too long is refused by its header: its body is never waited for."""
        self.assertBad(_IDENTIFIER + _chunk(0x00, b"", 76495), "76495 bytes is too long")
        self.assertBad(_IDENTIFIER + _chunk(0x01, b"", 65541), "65541 bytes is too long")
        self.assertBad(_IDENTIFIER + _chunk(0x80, b"", 76495), "76495 bytes is too long")
        self.assertBad(_IDENTIFIER + _chunk(0x00, b"", 3), "too short for its checksum")

    def test_checksum(self) -> None:
        """One flipped bit is found, and what came before it is not lost."""
        broken = bytearray(_hello())
        broken[-1] ^= 1
        found, problem = _read([_IDENTIFIER + _hello() + bytes(broken) + _hello()])
        self.assertEqual(found, b"hello")
        self.assertIn("invalid compressed data", problem)

    def test_bomb(self) -> None:
        """A block that says it holds more than 65536 bytes is refused, though it is short."""
        self.assertBad(_IDENTIFIER + _chunk(0x00, bytes(4) + b"\x81\x80\x04" + b"\x00a"), "invalid compressed data")
        self.assertBad(_IDENTIFIER + _chunk(0x00, bytes(4) + b"\xff\xff\xff\xff\x0f"), "invalid compressed data")

    def test_endsInsideAChunk(self) -> None:
        """A stream that stops short is told from one that ends."""
        self.assertEqual(_read([]), (b"", ""))
        found, problem = _read([_IDENTIFIER + _hello() + _hello()[:-1]])
        self.assertEqual(found, b"hello")
        self.assertIn("ended inside a chunk", problem)

    def test_staysDead(self) -> None:
        """After an error nothing more comes out, and the same error is raised again."""
        decompressor = Decompressor()
        first = self.assertRaises(CorruptStream, decompressor.decompress, b"GET ")
        again = self.assertRaises(CorruptStream, decompressor.decompress, _IDENTIFIER + _hello())
        self.assertEqual((again.detail, again.before), (first.detail, b""))
        decompressor.finish()
