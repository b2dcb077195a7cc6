"""Version 1 of the framing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.pulling import pull
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, messages, pieces
from frp.wire import messages as module
from frp.wire.frames import LIMIT, FrameReader, encode
from frp.wire.messages import LoginResp, Message, NewProxy, NewWorkConn, Ping, ReqWorkConn, UDPPacket, fromJSON

_HEADER = 9


class RecordedTests(SynchronousTestCase):
    """The same frames as the reference's."""

    def test_writesWhatTheReferenceWrites(self) -> None:
        """Every kind of message, empty and full, becomes the frame that Go makes of it."""
        for vector in recorded("messages", "messages"):
            message = fromJSON(getattr(module, vector["message"]), vector["json"].encode())
            self.assertEqual(encode(message).hex(), vector["frame"])
            self.assertEqual(pull(FrameReader(), [bytes.fromhex(vector["frame"])]), [message])

    def test_refusesWithTheReferencesWords(self) -> None:
        """A bad header is refused by itself, before anything follows, with the text that the reference has for it."""
        for vector in recorded("messages", "errors"):
            reader = FrameReader()
            reader.receive(bytes.fromhex(vector["header"]))
            error = self.assertRaises(RemoteWireError, reader.nextMessage)
            self.assertEqual(error.brief, vector["error"], vector["what"])


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
        self.assertLessEqual(len(reader.takeRest()), _HEADER + LIMIT)
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
            frame = encode(message)
        except LocalWireError:
            self.assertGreater(size + len('{"error":""}'), LIMIT)
            return
        self.assertEqual(pull(FrameReader(), [frame]), [message])


class ReaderTests(SynchronousTestCase):
    """The reader as its users see it."""

    def test_takeRest(self) -> None:
        """What follows LoginResp may be encrypted: it is handed over untouched, and forgotten."""
        reader = FrameReader()
        reader.receive(encode(LoginResp(run_id="a")) + b"\x00noise")
        self.assertEqual(reader.nextMessage(), LoginResp(run_id="a"))
        self.assertEqual(reader.takeRest(), b"\x00noise")
        self.assertEqual(reader.takeRest(), b"")

    def test_goesOnAfterTheRest(self) -> None:
        """The same reader reads on what the cipher makes of the rest."""
        reader = FrameReader()
        reader.receive(b"h\x00\x00")
        reader.takeRest()
        reader.receive(encode(ReqWorkConn()))
        self.assertEqual(reader.nextMessage(), ReqWorkConn())

    def test_readsAsWhatIsExpected(self) -> None:
        """A Ping where datagrams are expected is an empty datagram, as for the reference."""
        reader = FrameReader()
        reader.receive(encode(Ping(timestamp=5)))
        self.assertEqual(reader.nextAs(UDPPacket), UDPPacket())

    def test_expectsAKnownType(self) -> None:
        """Even where the type does not matter, it has to be one."""
        reader = FrameReader()
        reader.receive(b"z" + bytes(7) + b"\x02{}")
        error = self.assertRaises(RemoteWireError, reader.nextAs, UDPPacket)
        self.assertEqual(error.brief, "message type error")

    def test_staysDead(self) -> None:
        """After an error nothing more is read nor kept."""
        reader = FrameReader()
        reader.receive(b"z")
        self.assertRaises(RemoteWireError, reader.nextMessage)
        reader.receive(encode(Ping()))
        self.assertRaises(RemoteWireError, reader.nextMessage)
        self.assertEqual(reader.takeRest(), b"")

    def test_doesNotPileUp(self) -> None:
        """Somebody who receives but never pulls learns of it before memory runs out."""
        reader = FrameReader(limit=100)
        frame = encode(NewWorkConn(run_id="x" * 50))
        with self.assertRaises(LocalWireError):
            for _ in range(10):
                reader.receive(frame)
        self.assertLess(len(reader.takeRest()), 4 * len(frame))


class TooLongTests(SynchronousTestCase):
    """A message that would cost the whole connection."""

    def test_namesTheCulprit(self) -> None:
        """The error says which message, which field is to blame and what to do."""
        error = self.assertRaises(LocalWireError, encode, NewProxy(proxy_name="web", annotations={"a": "x" * LIMIT}))
        for part in ("NewProxy", "10240", "annotations", "configure fewer"):
            self.assertIn(part, error.detail)

    def test_datagram(self) -> None:
        """A datagram that does not fit names the setting that keeps it small."""
        error = self.assertRaises(LocalWireError, encode, UDPPacket(c=bytes(8000)))
        self.assertIn("udpPacketSize", error.detail)
