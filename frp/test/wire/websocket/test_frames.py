"""WebSocket frames."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.websocket import frames, masking
from frp.wire.websocket.frames import CloseCode, FrameReader, Kind, MaskingWriter, PlainWriter, closeBody

SIZES = (0, 1, 125, 126, 127, 65535, 65536, 70000)

#: A frame of each sort without a mask: the kind, whether it is the last of its message, the payload.
Frame = tuple[Kind, bool, bytes]

_payload = st.tuples(
    st.sampled_from([Kind.CONTINUATION, Kind.TEXT, Kind.BINARY]), st.booleans(), st.binary(max_size=300)
)
_control = st.tuples(st.sampled_from([Kind.PING, Kind.PONG]), st.just(True), st.binary(max_size=125))
_frames = st.lists(_payload | _control, max_size=12)


def write(made: Iterable[Frame], key: bytes = b"") -> bytes:
    """The standard's bytes, in the plainest way."""
    stream = b""
    for kind, last, body in made:
        size = len(body)
        length = (
            bytes([size])
            if size < 126
            else b"\x7e" + size.to_bytes(2, "big")
            if size < 65536
            else b"\x7f" + size.to_bytes(8, "big")
        )
        if key:
            length = bytes([length[0] | 0x80]) + length[1:] + key
            body = bytes(byte ^ key[place % 4] for place, byte in enumerate(body))
        stream += bytes([last << 7 | kind]) + length + body
    return stream


def read(parts: Iterable[bytes], masked: bool) -> tuple[bytes, bytes | None, bool, str]:
    """The payload, what the last ping carried, whether it has ended, and what was wrong."""
    reader = FrameReader(masked)
    payload = b"".join(reader.read(part) for part in parts if not reader.ended)
    return payload, reader.ping, reader.ended, reader.error.detail if reader.error else ""


class WriterTests(SynchronousTestCase):
    """What we send."""

    def test_plain(self) -> None:
        """A server's frames, in each of the three lengths."""
        writer = PlainWriter()
        for size, head in (
            (0, "8200"),
            (1, "8201"),
            (125, "827d"),
            (126, "827e007e"),
            (65535, "827effff"),
            (65536, "827f0000000000010000"),
        ):
            self.assertEqual(writer.payload(bytes(size)), (bytes.fromhex(head), bytes(size)))
        self.assertEqual(writer.control(Kind.CLOSE, closeBody(CloseCode.NORMAL)).hex(), "880203e8")
        self.assertEqual(writer.control(Kind.CLOSE, closeBody(CloseCode.PROTOCOL_ERROR)).hex(), "880203ea")
        self.assertEqual(writer.control(Kind.PONG, b"hi").hex(), "8a026869")

    def test_bodyIsNotCopied(self) -> None:
        """A server passes on the body as the object that it was given."""
        body = bytes(70000)
        self.assertIs(PlainWriter().payload(body)[1], body)
        head, rest = PlainWriter().vector(b"head", body)
        self.assertIs(rest, body)
        self.assertEqual(head, bytes.fromhex("827f0000000000011174") + b"head")

    def test_masked(self) -> None:
        """A client's frames, with the key of the example in RFC 6455 (5.7)."""
        self.patch(frames, "urandom", lambda size: bytes.fromhex("37fa213d"))
        writer = MaskingWriter()
        self.assertEqual(b"".join(writer.payload(b"Hello")).hex(), "828537fa213d7f9f4d5158")
        self.assertEqual(writer.control(Kind.PONG, b"Hello").hex(), "8a8537fa213d7f9f4d5158")
        for split in range(6):
            self.assertEqual(
                b"".join(writer.vector(b"Hello"[:split], b"Hello"[split:])).hex(), "828537fa213d7f9f4d5158"
            )

    def test_keysDiffer(self) -> None:
        """Each frame has a key of its own."""
        writer = MaskingWriter()
        keys = {writer.payload(b"x")[0][2:6] for _ in range(20)}
        self.assertGreater(len(keys), 15)

    def test_sizes(self) -> None:
        """What is written is read, of any size."""
        for writer, masked in ((PlainWriter(), False), (MaskingWriter(), True)):
            for size in SIZES:
                data = bytes(range(256)) * 300
                data = data[:size]
                self.assertEqual(read([b"".join(writer.payload(data))], masked), (data, None, False, ""))
                self.assertEqual(
                    read([b"".join(writer.vector(b"abc", data))], masked), (b"abc" + data, None, False, "")
                )


class ReaderTests(SynchronousTestCase):
    """What we take."""

    def test_recorded(self) -> None:
        """What the reference sends first: the beginning of a stream, and a header."""
        for vector in recorded("websocket", "frames"):
            data, payload = bytes.fromhex(vector["hex"]), bytes.fromhex(vector["payload"])
            self.assertEqual(read([data], True), (payload, None, False, ""))
            self.assertEqual(read([bytes([byte]) for byte in data], True), (payload, None, False, ""))

    def test_longFrame(self) -> None:
        """A frame without end is handed on as it comes; a piece that is all payload is not copied."""
        reader = FrameReader(False)
        self.assertEqual(reader.read(bytes.fromhex("827f7fffffffffffffff") + b"abc"), b"abc")
        piece = bytes(1000)
        self.assertIs(reader.read(piece), piece)

    def test_together(self) -> None:
        """What comes together is handed on together, whatever the frames are called."""
        stream = write([(Kind.TEXT, False, b"a"), (Kind.CONTINUATION, True, b"b"), (Kind.BINARY, True, b"c")])
        self.assertEqual(FrameReader(False).read(stream), b"abc")

    def test_pings(self) -> None:
        """The last ping counts; whoever answers takes it."""
        reader = FrameReader(False)
        self.assertEqual(reader.read(write([(Kind.PING, True, b"1"), (Kind.BINARY, True, b"x")])), b"x")
        self.assertEqual(reader.ping, b"1")
        reader.ping = None
        reader.read(write([(Kind.PING, True, b"2"), (Kind.PING, True, b""), (Kind.PONG, True, b"3")]))
        self.assertEqual(reader.ping, b"")

    def test_close(self) -> None:
        """A close frame ends it, also without a code; what is behind it is not looked at."""
        for body in (b"", b"\x03\xe8", b"\x03\xe9going"):
            stream = write([(Kind.BINARY, True, b"x"), (Kind.CLOSE, True, body), (Kind.BINARY, True, b"y")])
            self.assertEqual(read([stream + b"\xff" * 20], False), (b"x", None, True, ""))

    def test_closedForAReason(self) -> None:
        """What the peer, or something between, finds wrong with us is told."""
        for body, words in (
            (b"\x03\xf1", "closed the websocket with 1009"),
            (b"\x03\xeftext \xff", "closed the websocket with 1007 ('text \ufffd')"),
            (b"\x01", "closed the websocket with 1"),
        ):
            payload, _, ended, error = read([write([(Kind.BINARY, True, b"x"), (Kind.CLOSE, True, body)])], False)
            self.assertEqual((payload, ended), (b"x", True))
            self.assertTrue(error.endswith(words), error)

    def test_wrong(self) -> None:
        """What the protocol forbids ends it, behind what came before; the text says what it was."""
        for masked, wrong, words in (
            (False, "8280", "a masked frame, of a server"),
            (True, "8200", "a frame without a mask, of a client"),
            (False, "c200", "a reserved bit is set"),
            (False, "9200", "a reserved bit is set"),
            (False, "8300", "a frame of the unknown kind 3"),
            (False, "8f00", "a frame of the unknown kind 15"),
            (False, "0900", "a frame of the kind 9 that is not whole"),
            (False, "0800", "a frame of the kind 8 that is not whole"),
            (False, "897e", "a frame of the kind 9 that is not whole, or too long"),
            (False, "827fffffffffffffffff", "a frame of 18446744073709551615 bytes"),
        ):
            good = write([(Kind.BINARY, True, b"good")], b"abcd" if masked else b"")
            payload, _, ended, error = read([good + bytes.fromhex(wrong) + bytes(20)], masked)
            self.assertEqual((payload, ended), (b"good", True))
            self.assertIn(words, error)


class PropertyTests(SynchronousTestCase):
    """What holds for all frames and all bytes."""

    @given(_frames, cut(), st.sampled_from([b"", b"\1\2\3\4", bytes(4)]))
    def test_anyCut(self, made: list[Frame], marks: list[int], key: bytes) -> None:
        """The payload is read, however it is cut."""
        payload = b"".join(body for kind, _, body in made if kind <= Kind.BINARY)
        pings = [body for kind, _, body in made if kind == Kind.PING]
        expected = (payload, pings[-1] if pings else None, False, "")
        self.assertEqual(read(pieces(write(made, key), marks), bool(key)), expected)

    @given(_frames, st.binary(max_size=80), cut(), st.booleans())
    def test_junk(self, made: list[Frame], junk: bytes, marks: list[int], masked: bool) -> None:
        """Any bytes give the same for any cut."""
        stream = write(made, b"1234" if masked else b"") + junk
        self.assertEqual(read(pieces(stream, marks), masked), read([stream], masked))

    @given(st.lists(st.binary(max_size=100), max_size=20), st.booleans())
    def test_boundedMemory(self, parts: list[bytes], masked: bool) -> None:
        """No more than one frame without payload is kept."""
        reader = FrameReader(masked)
        for part in parts:
            reader.read(part)
            self.assertLessEqual(len(reader._begun), 14 + 125)
            if reader.ended:
                return


class MaskingTests(SynchronousTestCase):
    """Masks."""

    @given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
    def test_bothWays(self, data: bytes, key: bytes) -> None:
        """Each byte is XORed with that of the key in its turn, in both of our ways; twice gives what there was."""
        expected = bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
        for mask in (masking.masked, masking.masking()):
            self.assertEqual(mask(data, key), expected)
            self.assertEqual(mask(memoryview(data), key), expected)
            self.assertEqual(mask(expected, key), data)

    def test_without(self) -> None:
        """Without the package there is the other way."""

        def missing(name: str) -> None:
            raise ImportError(name)

        self.patch(masking, "import_module", missing)
        self.assertIs(masking.masking(), masking.masked)
