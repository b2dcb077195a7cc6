"""Yamux frames."""

from __future__ import annotations

from collections.abc import Iterable
from struct import error as StructError

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.yamux import HEADER_SIZE, Flag, FrameReader, GoAwayCode, Type, dataHeader, header

Frame = tuple[int, int, int, int, bytes]

_flags = st.integers(0, 0xFFFF)
_numbers = st.integers(0, 0xFFFFFFFF)
_frames = st.lists(
    st.builds(lambda flags, number, body: (0, flags, number, len(body), body), _flags, _numbers, st.binary(max_size=60))
    | st.tuples(st.sampled_from([1, 2, 3]), _flags, _numbers, _numbers, st.just(b"")),
    max_size=8,
)


class Listener:
    """Puts frames together again, and checks the order in which they are told."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.pieces: list[bytes] = []
        self._owed: list[int] = []  # of the last frames of one stream

    def frameReceived(self, kind: int, flags: int, stream: int, length: int) -> None:
        """A header."""
        if self._owed:
            before = self.frames[-1]
            assert (kind, flags, stream) == (Type.DATA, 0, before[2]), "the body before it is whole"
        self.frames.append((kind, flags, stream, length, b""))
        if kind == Type.DATA and length:
            self._owed.append(length)

    def bodyReceived(self, piece: bytes, left: int) -> None:
        """A part of a body, or the end of some and the beginning of another."""
        assert piece, "never empty"
        self.pieces.append(piece)
        while piece:
            at = len(self.frames) - len(self._owed)
            *head, body = self.frames[at]
            part, piece = piece[: self._owed[0]], piece[self._owed[0] :]
            self.frames[at] = (head[0], head[1], head[2], head[3], body + part)
            self._owed[0] -= len(part)
            if not self._owed[0]:
                del self._owed[0]
        assert [left] == (self._owed or [0]), "what is left is told"


def _read(parts: Iterable[bytes]) -> tuple[list[Frame], str]:
    """The frames, and the error that ended them, if one did."""
    listener = Listener()
    reader = FrameReader(listener)
    try:
        for part in parts:
            reader.receive(part)
    except RemoteWireError as error:
        return listener.frames, error.detail
    return listener.frames, ""


def _write(frames: Iterable[Frame]) -> bytes:
    return b"".join(header(*head) + body for *head, body in frames)


class KnownAnswerTests(SynchronousTestCase):
    """The reference's bytes."""

    def test_frames(self) -> None:
        """What the reference sends to open, accept, end, reset, ping, answer and go away."""
        delta = 6 * 1024 * 1024 - 256 * 1024
        self.assertEqual(header(Type.WINDOW_UPDATE, Flag.SYN, 1, delta).hex(), "0001000100000001005c0000")
        self.assertEqual(header(Type.WINDOW_UPDATE, Flag.ACK, 1, delta).hex(), "0001000200000001005c0000")
        self.assertEqual(header(Type.WINDOW_UPDATE, Flag.FIN, 1, 0).hex(), "000100040000000100000000")
        self.assertEqual(header(Type.WINDOW_UPDATE, Flag.RST, 3, 0).hex(), "000100080000000300000000")
        self.assertEqual(header(Type.PING, Flag.SYN, 0, 0).hex(), "000200010000000000000000")
        self.assertEqual(header(Type.PING, Flag.ACK, 0, 7).hex(), "000200020000000000000007")
        self.assertEqual(header(Type.GO_AWAY, 0, 0, GoAwayCode.PROTOCOL_ERROR).hex(), "000300000000000000000001")

    def test_dataHeader(self) -> None:
        """The short way to the commonest header gives the same bytes."""
        self.assertEqual(dataHeader(1, 5).hex(), "000000000000000100000005")
        self.assertEqual(dataHeader(2**32 - 1, 2**32 - 1), header(Type.DATA, 0, 2**32 - 1, 2**32 - 1))


class PropertyTests(SynchronousTestCase):
    """What holds for all frames and all bytes."""

    @given(_frames, cut())
    def test_anyCut(self, frames: list[Frame], marks: list[int]) -> None:
        """What was written is read, however it is cut."""
        self.assertEqual(_read(pieces(_write(frames), marks)), (frames, ""))

    @given(_frames, st.binary(max_size=80), cut())
    def test_junk(self, frames: list[Frame], junk: bytes, marks: list[int]) -> None:
        """Any bytes give frames or the peer's error, the same ones for any cut."""
        stream = _write(frames) + junk
        self.assertEqual(_read(pieces(stream, marks)), _read([stream]))

    @given(st.lists(st.binary(max_size=100), max_size=20))
    def test_boundedMemory(self, parts: list[bytes]) -> None:
        """No more than the beginning of one header is kept."""
        reader = FrameReader(Listener())
        for part in parts:
            try:
                reader.receive(part)
            except RemoteWireError:
                return
            self.assertLess(len(reader._head), HEADER_SIZE)

    @given(st.sampled_from([(-1, 0), (0, -1), (2**32, 0), (0, 2**32)]))
    def test_refusesWhatDoesNotFit(self, values: tuple[int, int]) -> None:
        """A number that does not fit its field is never sent as another one."""
        self.assertRaises(StructError, header, Type.DATA, 0, *values)
        self.assertRaises(StructError, dataHeader, *values)


class ReaderTests(SynchronousTestCase):
    """What the reader does with what peers really send."""

    def test_longBody(self) -> None:
        """A frame of megabytes is handed on as it comes; nothing waits for its end."""
        listener = Listener()
        reader = FrameReader(listener)
        reader.receive(dataHeader(1, 6 * 1024 * 1024))
        reader.receive(bytes(1000))
        self.assertEqual(len(listener.frames[0][4]), 1000)

    def test_wholePieceIsNotCopied(self) -> None:
        """A piece that is all body is handed on as the object that came."""
        got: list[bytes] = []
        listener = Listener()
        listener.bodyReceived = lambda piece, left: got.append(piece)  # type: ignore[method-assign] # watches one call
        reader = FrameReader(listener)
        reader.receive(dataHeader(1, 100))
        piece = bytes(50)
        reader.receive(piece)
        self.assertIs(got[0], piece)

    def test_framesOfOneStreamAreOnePiece(self) -> None:
        """A read that holds the end of a frame and the beginning of the next is handed on at once."""
        listener = Listener()
        reader = FrameReader(listener)
        reader.receive(dataHeader(1, 3) + b"a")
        reader.receive(b"bc" + dataHeader(1, 2) + b"de" + dataHeader(1, 3) + b"f")
        reader.receive(b"gh")
        self.assertEqual(listener.pieces, [b"a", b"bcdef", b"gh"])

    def test_otherFramesAreNot(self) -> None:
        """Another stream's frame, one with flags, one without a body and one that has not come end a piece."""
        for other in (dataHeader(3, 1), header(Type.DATA, Flag.FIN, 1, 1), dataHeader(1, 0), dataHeader(1, 1)):
            listener = Listener()
            reader = FrameReader(listener)
            reader.receive(dataHeader(1, 2) + b"ab" + other)
            self.assertEqual(listener.pieces, [b"ab"])

    def test_otherLengthsAreNoBodies(self) -> None:
        """Only Data has a body: a window update of gigabytes is followed by the next header."""
        frames = [(1, 0, 1, 2**32 - 1, b""), (2, 1, 0, 2**32 - 1, b""), (3, 0, 0, 7, b""), (0, 4, 1, 2, b"ab")]
        self.assertEqual(_read([_write(frames)]), (frames, ""))

    def test_noYamux(self) -> None:
        """A peer that does not multiplex is told by its first bytes, and the log says what to compare."""
        for first, words in (
            (b"GET / HTTP/1.1\r\n", "an HTTP client"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00", "transport.tls.enable differs"),
            (b"o" + bytes(11), "transport.tcpMux is off at the other side"),
        ):
            frames, problem = _read([first])
            self.assertEqual(frames, [])
            self.assertIn(words, problem)
        self.assertIn("type 4", _read([bytes([0, 4]) + bytes(10)])[1])

    def test_whatCameBeforeTheFault(self) -> None:
        """Frames in front of the fault are not lost."""
        frames: list[Frame] = [(0, 0, 1, 5, b"hello")]
        self.assertEqual(_read([_write(frames) + b"\x01" + bytes(11)])[0], frames)
