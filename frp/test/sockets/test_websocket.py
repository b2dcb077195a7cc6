"""WebSocket between a raw transport and a protocol, with both ends in memory."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.session.bounds import ASKED_SECONDS, MAX_ASKED
from frp.session.greeting import handOver
from frp.sockets.websocket import startWebSocket
from frp.testing.pipe import Pipe
from frp.testing.recording import Recorder, Source, WholeRecorder

#: What a client says whose keys are all zero.
PING = b"\x89\x82\0\0\0\0hi"
NORMAL = bytes.fromhex("880203e8")
PROTOCOL_ERROR = bytes.fromhex("880203ea")


class Case(SynchronousTestCase):
    """The server's side; its peer says raw bytes."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.pipe = Pipe()
        self.raw = Recorder()
        self.pipe.client.protocol = self.raw
        self.raw.makeConnection(self.pipe.client)
        self.near: WholeRecorder = Recorder()

    def start(self, near: WholeRecorder | None = None, rest: bytes = b"") -> IStream:
        """Put a protocol on it."""
        self.near = near or self.near
        stream = startWebSocket(self.pipe.server, self.clock, client=False, rest=rest)
        handOver(stream, self.near)
        self.pipe.pump()
        return stream

    def say(self, data: bytes) -> None:
        """The peer writes."""
        self.pipe.client.write(data)
        self.pipe.pump()


class WritingTests(Case):
    """What leaves."""

    def test_oneWrite(self) -> None:
        """One write is one frame, and one raw write, of one piece or two."""
        stream = self.start()
        stream.write(b"hello")
        stream.writeVector(b"he", b"llo")
        stream.writeSequence([b"h", b"ello"])
        self.assertEqual(self.pipe.server.writes, [7, 7, 7])
        self.pipe.pump()
        self.assertEqual(self.raw.received, b"\x82\x05hello" * 3)

    def test_close(self) -> None:
        """The end is said in a close frame, once."""
        stream = self.start()
        stream.write(b"x")
        stream.loseConnection()
        stream.loseConnection()
        stream.loseWriteConnection()
        stream.write(b"late")
        self.pipe.pump()
        self.assertEqual(self.raw.received, b"\x82\x01x" + NORMAL)
        self.assertTrue(self.raw.ended)

    def test_half(self) -> None:
        """So is the end of one direction; the raw stream stays whole, and the other direction lives."""
        stream = self.start()
        stream.loseWriteConnection()
        self.pipe.pump()
        self.assertEqual((self.raw.received, self.raw.ended), (NORMAL, False))
        self.say(b"\x82\x82\0\0\0\0hi")
        self.assertEqual(self.near.received, b"hi")
        stream.loseConnection()
        self.pipe.pump()
        self.assertEqual((self.raw.received, self.raw.ended), (NORMAL, True))

    def test_producer(self) -> None:
        """The end waits for a producer."""
        stream = self.start()
        stream.registerProducer(Source(), True)
        stream.loseConnection()
        stream.write(b"last")
        self.assertEqual(self.pipe.server.wire, b"\x82\x04last")
        stream.unregisterProducer()
        self.assertTrue(self.pipe.server.wire.endswith(NORMAL))


class ReadingTests(Case):
    """What comes."""

    def test_rest(self) -> None:
        """What came together with the request is the beginning, for whoever gets the stream."""
        self.start(rest=b"\x82\x82\0\0\0\0h")
        self.assertEqual(self.near.received, b"h")
        self.say(b"i\x81\x82\x20\x20\x20\x20" + b"YO")
        self.assertEqual(self.near.received, b"hiyo")

    def test_onePiece(self) -> None:
        """One raw read is one piece, whatever frames are in it."""
        self.start()
        self.say(b"\x82\x81\0\0\0\0a\x02\x80\0\0\0\0\x80\x81\0\0\0\0b")
        self.assertEqual((self.near.received, self.near.pieces), (b"ab", 1))

    def test_ping(self) -> None:
        """A ping is answered, a pong is not; nothing is heard of them above."""
        self.start()
        self.say(PING + b"\x8a\x80\0\0\0\0")
        self.assertEqual(self.raw.received, b"\x8a\x02hi")
        self.assertEqual(self.near.pieces, 0)

    def test_pingAfterTheEnd(self) -> None:
        """Nothing is sent behind our close frame."""
        self.start().loseWriteConnection()
        self.say(PING)
        self.assertEqual(self.raw.received, NORMAL)

    def test_flood(self) -> None:
        """Whoever pings without end, and perhaps reads none of the answers, is cut off."""
        self.start()
        for _ in range(3):
            self.clock.advance(ASKED_SECONDS)
            for _ in range(MAX_ASKED):
                self.say(PING)
        self.assertIsNone(self.near.lost)
        self.say(PING)
        self.assertIsInstance(self.near.lost, RemoteWireError)
        self.assertTrue(self.raw.received.endswith(PROTOCOL_ERROR))

    def test_wrong(self) -> None:
        """Whoever breaks the protocol is told, and what came before counts."""
        for near in (Recorder(), WholeRecorder()):
            self.setUp()
            self.start(near)
            self.say(b"\x82\x81\0\0\0\0a\x82\x01b")
            self.assertEqual(near.received, b"a")
            self.assertIsInstance(near.lost, RemoteWireError)
            self.assertEqual(self.raw.received, PROTOCOL_ERROR)
            self.assertTrue(self.raw.ended)

    def test_closed(self) -> None:
        """A close frame is the end; nothing is answered before we are done as well."""
        stream = self.start()
        self.say(b"\x82\x81\0\0\0\0a\x88\x82\0\0\0\0\x03\xe8\x82\x81\0\0\0\0b")
        assert isinstance(self.near, Recorder)
        self.assertEqual((self.near.received, self.near.ended, self.near.lost), (b"a", True, None))
        self.assertEqual(self.raw.received, b"")
        stream.write(b"x")
        stream.loseConnection()
        self.pipe.pump()
        self.assertEqual(self.raw.received, b"\x82\x01x" + NORMAL)

    def test_closedWithReason(self) -> None:
        """One that says what was wrong with us is an error, which is not answered with another."""
        self.start()
        self.say(b"\x88\x82\0\0\0\0\x03\xf1")
        assert isinstance(self.near.lost, RemoteWireError)
        self.assertEqual(self.near.lost.brief, "websocket: closed with 1009")
        self.assertEqual(self.raw.received, NORMAL)

    def test_endWhilePaused(self) -> None:
        """The end comes behind what is held for a protocol that has paused, when that resumes."""
        near = WholeRecorder()
        stream = self.start(near)
        near.onData = lambda data: stream.pauseProducing()
        self.say(b"\x82\x81\0\0\0\0a\x88\x80\0\0\0\0")
        self.assertEqual((near.received, near.lost), (b"a", None))
        stream.resumeProducing()
        self.pipe.pump()
        self.assertIsInstance(near.lost, ConnectionDone)

    def test_cut(self) -> None:
        """A raw stream that just ends is an end as well, also within a frame."""
        self.start()
        self.say(b"\x82\x85\0\0\0\0a")
        self.pipe.client.loseConnection()
        self.pipe.pump()
        assert isinstance(self.near, Recorder)
        self.assertEqual((self.near.received, self.near.ended), (b"a", True))
