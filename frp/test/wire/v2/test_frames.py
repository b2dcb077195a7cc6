"""Version 2 of the framing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.pulling import pull
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, messages, pieces
from frp.wire import messages as module
from frp.wire.messages import LoginResp, Message, NewProxy, NewWorkConn, Ping, Pong, ReqWorkConn, UDPPacket, fromJSON
from frp.wire.v2.frames import LIMIT, PAYLOAD, FrameReader, encode, frame

_HEADER = 8


class RecordedTests(SynchronousTestCase):
    """The same frames as the reference's."""

    def test_ping(self) -> None:
        """The smallest message, byte by byte."""
        self.assertEqual(encode(Ping()).hex(), "0010000000000004000b7b7d")

    def test_writesWhatTheReferenceWrites(self) -> None:
        """Every kind of message, empty and full, becomes the frame that Go makes of it."""
        for vector in recorded("v2", "messages"):
            message = fromJSON(getattr(module, vector["message"]), vector["json"].encode())
            self.assertEqual(encode(message).hex(), vector["frame"])
            self.assertEqual(pull(FrameReader(), [bytes.fromhex(vector["frame"])]), [message])

    def test_refusesWithTheReferencesWords(self) -> None:
        """What is wrong is refused with the text that the reference has for it; what is too long, before it comes."""
        for vector in recorded("v2", "errors"):
            self.assertEqual(pull(FrameReader(), [bytes.fromhex(vector["bytes"])]), [vector["error"]], vector["what"])


class PropertyTests(SynchronousTestCase):
    """What holds for all streams of bytes."""

    @given(st.lists(messages(), max_size=4), cut())
    def test_anyCut(self, sent: list[Message], marks: list[int]) -> None:
        """However the network cuts the bytes, the same messages come out."""
        data = b"".join(map(encode, sent))
        self.assertEqual(pull(FrameReader(), pieces(data, marks)), sent)

    @given(st.binary(max_size=60), cut())
    def test_junk(self, junk: bytes, marks: list[int]) -> None:
        """Any bytes give messages or the peer's error, the same for any cut, and little is kept."""
        reader = FrameReader()
        events = pull(reader, [junk])
        self.assertLessEqual(len(reader.takeRest()), _HEADER + PAYLOAD)
        self.assertEqual(pull(FrameReader(), pieces(junk, marks)), events)

    @given(messages(), st.binary(max_size=5), st.integers(0, 200), cut())
    def test_damage(self, message: Message, junk: bytes, where: int, marks: list[int]) -> None:
        """The same for a message that was damaged on its way."""
        data = bytearray(encode(message) + encode(Ping()))
        data[where % len(data) : where % len(data) + len(junk)] = junk
        events = pull(FrameReader(), [bytes(data)])
        self.assertEqual(pull(FrameReader(), pieces(bytes(data), marks)), events)

    @given(st.integers(LIMIT - 50, LIMIT + 50))
    def test_refusesToWriteWhatNobodyReads(self, size: int) -> None:
        """A message can be written if, and only if, the other side will take it."""
        message = LoginResp(error="x" * size)
        try:
            data = encode(message)
        except LocalWireError as error:
            self.assertGreater(size + len('{"error":""}'), LIMIT)
            self.assertIn(f"at most {LIMIT}", error.brief)
        else:
            self.assertEqual(pull(FrameReader(), [data]), [message])


class ReaderTests(SynchronousTestCase):
    """What else a reader promises."""

    def test_judgedEarly(self) -> None:
        """What is no message is refused before its payload comes."""
        for head, error in [
            (frame(1, b"x" * 100)[:8], "unexpected frame type 1, want 16"),
            (bytes.fromhex("0010000000010001"), "frame payload length 65537 exceeds limit 65536"),
            (bytes.fromhex("00108000"), None),
            (bytes.fromhex("0010800000000004"), "unsupported frame flags: 32768"),
        ]:
            self.assertEqual(pull(FrameReader(), [head]), [error] if error else [])

    def test_expected(self) -> None:
        """Another message than the one that is waited for is refused, other than in version 1."""
        reader = FrameReader()
        reader.receive(encode(Pong()) + encode(Ping()))
        self.assertEqual(reader.nextAs(Pong), Pong())
        error = self.assertRaises(RemoteWireError, reader.nextAs, UDPPacket)
        self.assertEqual(error.brief, "unexpected message type Ping, want UDPPacket")

    def test_rest(self) -> None:
        """What stands behind a message is given away, and the reader reads on."""
        reader = FrameReader()
        reader.receive(encode(Ping()) + b"rest")
        self.assertEqual(reader.nextMessage(), Ping())
        self.assertEqual(reader.takeRest(), b"rest")
        reader.receive(encode(ReqWorkConn()))
        self.assertEqual(reader.nextMessage(), ReqWorkConn())

    def test_staysDead(self) -> None:
        """After an error nothing more is read nor kept."""
        reader = FrameReader()
        reader.receive(bytes(8))
        self.assertRaises(RemoteWireError, reader.nextMessage)
        reader.receive(encode(Ping()))
        self.assertRaises(RemoteWireError, reader.nextMessage)
        self.assertEqual(reader.takeRest(), b"")

    def test_doesNotPileUp(self) -> None:
        """Somebody who receives but never pulls learns of it before memory runs out."""
        reader = FrameReader()
        data = encode(NewWorkConn(run_id="x" * 5000))
        with self.assertRaises(LocalWireError):
            for _ in range(100):
                reader.receive(data)
        self.assertLess(len(reader.takeRest()), PAYLOAD + 3 * len(data))


class TooLongTests(SynchronousTestCase):
    """A message that would cost the whole connection."""

    def test_namesTheCulprit(self) -> None:
        """The error says which message, which field is to blame and what to do."""
        error = self.assertRaises(LocalWireError, encode, NewProxy(proxy_name="web", annotations={"a": "x" * LIMIT}))
        for part in ("NewProxy", "65534", "annotations", "configure fewer"):
            self.assertIn(part, error.detail)

    def test_datagram(self) -> None:
        """A datagram of 49,000 bytes fits; one that does not names the setting that keeps it small."""
        self.assertEqual(len(encode(UDPPacket(c=bytes(49_000)))), 8 + 2 + 65_336 + len('{"c":""}'))
        error = self.assertRaises(LocalWireError, encode, UDPPacket(c=bytes(49200)))
        self.assertIn("lower udpPacketSize", error.detail)
        self.assertNotIn("v2", error.detail)
