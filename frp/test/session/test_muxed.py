"""Yamux sessions, against a peer that speaks by hand."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone, ConnectionLost
from zope.interface.verify import verifyObject

from frp.errors import TunnelLost
from frp.interfaces import ISession, IStream
from frp.session import overdue
from frp.session.bounds import MAX_ASKED, MAX_OWED
from frp.test.session.peers import FIRST_WINDOW, WINDOW, SessionCase
from frp.testing.recording import Recorder, WholeRecorder
from frp.wire.yamux import Flag, Type, dataHeader, header

ACK = (Type.WINDOW_UPDATE, Flag.ACK, 1, 0, b"")
FIN = (Type.WINDOW_UPDATE, Flag.FIN, 1, 0, b"")
RST = (Type.WINDOW_UPDATE, Flag.RST, 1, 0, b"")


class AcceptTests(SessionCase):
    """Streams that the peer opens."""

    def test_interfaces(self) -> None:
        """A session is a session, and a stream is a stream."""
        verifyObject(ISession, self.session)
        verifyObject(IStream, self.syn().transport)

    def test_acknowledgedOnce(self) -> None:
        """A stream is acknowledged at once and exactly once, whatever follows."""
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 1, WINDOW - FIRST_WINDOW)
        self.assertEqual(self.heard(), [ACK])
        stream = self.accepted.built[0].transport
        self.data(b"hello")
        stream.write(b"world")
        stream.widen()
        stream.write(b"!")
        stream.loseConnection()
        self.assertEqual([flags for _, flags, *_ in self.heard()], [0, 0, 0, Flag.FIN])

    def test_synOnData(self) -> None:
        """SYN, ACK and FIN may ride on data."""
        self.data(b"hello", flags=Flag.SYN | Flag.FIN)
        recorder = self.accepted.built[0]
        self.assertEqual((recorder.received, recorder.ended), (b"hello", True))

    def test_refused(self) -> None:
        """Where nobody answers, the stream is reset, and the session lives."""
        self.accepted.kind = lambda: None
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 1)
        self.assertEqual(self.heard(), [RST])
        self.assertEqual((len(self.session), self.lost), (0, []))

    def test_factoryThatRaises(self) -> None:
        """A bug in what answers refuses the stream; others do not notice."""
        other = self.syn(1)
        self.accepted.kind = lambda: 1 / 0  # type: ignore[assignment,return-value] # the point of the test
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 3)
        self.assertEqual(self.heard(), [(Type.WINDOW_UPDATE, Flag.RST, 3, 0, b"")])
        self.data(b"hello")
        self.assertEqual(other.received, b"hello")
        self.assertEqual(len(self.lines.failures), 1)

    def test_protocolThatRaises(self) -> None:
        """A protocol that raises, wherever it does, loses only its own stream."""
        other = self.syn(99)
        for number, hook in enumerate(("onMade", "onData", "onEnd")):
            recorder = Recorder()
            setattr(recorder, hook, lambda *args: 1 / 0)
            self.accepted.kind = lambda recorder=recorder: recorder  # type: ignore[misc] # a new one each time
            stream = 2 * number + 1
            self.say(Type.WINDOW_UPDATE, Flag.SYN, stream)
            self.data(b"hello", stream, flags=Flag.FIN)
            self.assertIsNotNone(recorder.lost, hook)
            self.assertEqual(self.heard()[-1], (Type.WINDOW_UPDATE, Flag.RST, stream, 0, b""))
        self.assertEqual(len(self.lines.failures), 3)
        self.data(b"still here", 99)
        self.assertEqual((other.received, self.lost), (b"still here", []))

    def test_droppedWithItsLastPiece(self) -> None:
        """A protocol that drops its stream while the last piece comes, which carries FIN, harms nobody."""
        recorder = self.syn()
        recorder.onData = lambda data: recorder.transport.abortConnection()
        self.data(b"hello", flags=Flag.FIN)
        self.assertEqual((self.heard(), self.lost), ([RST], []))


class RuleTests(SessionCase):
    """What the peer may not do; the session ends with one line in the log."""

    def test_beyondTheWindow(self) -> None:
        """More data than is allowed: the body is not waited for."""
        self.syn()
        self.peer.transport.write(dataHeader(1, FIRST_WINDOW + 1))
        self.pipe.pump()
        self.assertEnded(f"sent {FIRST_WINDOW + 1} bytes on stream 1, where {FIRST_WINDOW} are allowed")

    def test_beyondTheWindowInPieces(self) -> None:
        """The same, while the stream is paused: no more than the window is held."""
        recorder = self.syn()
        recorder.transport.pauseProducing()
        self.data(bytes(FIRST_WINDOW))
        self.assertEqual(self.lost, [])
        self.data(b"!")
        self.assertEnded("sent 1 bytes on stream 1, where 0 are allowed")

    def test_hugeLength(self) -> None:
        """A frame of four gigabytes."""
        self.syn()
        self.say(Type.DATA, 0, 1, 2**32 - 1)
        self.assertEnded("sent 4294967295 bytes on stream 1")

    def test_openedTwice(self) -> None:
        """A SYN for a stream that exists."""
        self.syn()
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 1)
        self.assertEnded("the peer opened stream 1, which it may not")

    def test_foreignNumber(self) -> None:
        """A SYN for a number that is ours, or nobody's."""
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 2)
        self.assertEnded("the peer opened stream 2, which it may not")

    def test_numberZero(self) -> None:
        """Zero is the session itself."""
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 0)
        self.assertEnded("the peer opened stream 0")

    def test_finTwice(self) -> None:
        """A FIN after a FIN."""
        self.syn()
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.assertEnded("the peer ended stream 1 twice")

    def test_version(self) -> None:
        """Another protocol on the port."""
        self.peer.transport.write(b"GET / HTTP/1.1\r\n\r\n")
        self.pipe.pump()
        self.assertEnded("this looks like an HTTP client")

    def test_goneAwayForAnError(self) -> None:
        """The peer says that we broke the rules: it is told in words."""
        self.say(Type.GO_AWAY, 0, 0, 2)
        self.assertEnded("the peer ended the session for an internal error (yamux code 2)")

    def test_dataAfterFin(self) -> None:
        """The reference may write once more after its FIN; that is thrown away, and nothing ends."""
        recorder = self.syn()
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.data(b"late")
        self.assertEqual((recorder.received, self.lost), (b"", []))

    def test_unknownStream(self) -> None:
        """Frames for a stream that is not there are dropped with what follows them, and not answered."""
        other = self.syn(3)
        self.data(bytes(1000))
        self.data(b"", flags=Flag.FIN)
        self.say(Type.WINDOW_UPDATE, Flag.RST, 1)
        self.say(Type.WINDOW_UPDATE, Flag.ACK, 7, 99)
        self.data(b"hello", 3)
        self.assertEqual((other.received, self.heard(), self.lost), (b"hello", [], []))

    def test_nothingIsReadAfterTheEnd(self) -> None:
        """What came in the same piece as the fault opens nothing."""
        self.peer.transport.write(header(4, 0, 0, 0) + header(Type.WINDOW_UPDATE, Flag.SYN, 1, 0))
        self.pipe.pump()
        self.session.dataReceived(header(Type.WINDOW_UPDATE, Flag.SYN, 3, 0))
        self.assertEqual(self.accepted.built, [])

    def test_endedByAProtocol(self) -> None:
        """A protocol that ends the session while it is read: the rest of the piece opens nothing."""
        recorder = self.syn()
        recorder.onData = lambda data: self.session.abort()
        self.peer.transport.write(dataHeader(1, 2) + b"hi" + header(Type.WINDOW_UPDATE, Flag.SYN, 3, 0))
        self.pipe.pump()
        self.assertEqual(len(self.accepted.built), 1)
        self.assertIsInstance(recorder.lost, TunnelLost)


class FloodTests(SessionCase):
    """A peer of which nothing is known yet cannot make us hold much, nor keep us busy."""

    def test_pings(self) -> None:
        """A hundred thousand pings at once: the session ends after the first thousand."""
        for _ in range(100):
            self.peer.transport.write(header(Type.PING, Flag.SYN, 0, 1) * 1000)
        self.pipe.pump()
        self.assertEqual(len([frame for frame in self.peer.frames if frame[0] == Type.PING]), MAX_ASKED)
        self.assertEnded(f"the peer sent {MAX_ASKED + 1} pings within 10 s")

    def test_pingsInPeace(self) -> None:
        """A peer that asks ten times a second, all day long, is answered."""
        for _ in range(300):
            self.clock.advance(1)
            self.peer.transport.write(header(Type.PING, Flag.SYN, 0, 1) * 10)
            self.pong()
        self.assertEqual(self.lost, [])

    def test_refusedStreams(self) -> None:
        """A peer that opens streams which nobody answers, over and over."""
        self.accepted.kind = lambda: None
        self.peer.transport.write(
            b"".join(header(Type.WINDOW_UPDATE, Flag.SYN, 2 * i + 1, 0) for i in range(MAX_ASKED + 10))
        )
        self.pipe.pump()
        self.assertEnded("streams that are refused within 10 s")

    def test_answersThatAreNotRead(self) -> None:
        """A peer that opens and ends streams and reads no answer: the answers we hold have a bound."""
        self.accepted.kind = WholeRecorder
        self.session.pauseProducing()
        for i in range(100_000):
            flags = Flag.SYN | Flag.FIN
            self.session.dataReceived(header(Type.WINDOW_UPDATE, flags, 2 * i + 1, 0))
            if self.lost:
                break
        self.assertIn("reads none of them", str(self.lost[0]))
        self.assertLess(len(self.ours.wire), 24 * MAX_OWED)
        self.assertEqual(self.lines.texts, [])

    def test_crumbs(self) -> None:
        """A window full of crumbs for a paused stream takes about as much memory as the window."""
        recorder = self.syn()
        recorder.transport.pauseProducing()
        self.peer.transport.write((dataHeader(1, 2) + b"ab") * (FIRST_WINDOW // 2))
        self.pipe.pump()
        held = self.streams()[1]._held
        assert held is not None
        self.assertLess(len(held), FIRST_WINDOW // 500)
        recorder.transport.resumeProducing()
        self.assertEqual(recorder.received, b"ab" * (FIRST_WINDOW // 2))


class EndTests(SessionCase):
    """How streams end."""

    def test_finPassedOn(self) -> None:
        """A half-close is heard, and the other direction lives on."""
        recorder = self.syn()
        self.data(b"question", flags=Flag.FIN)
        self.assertEqual((recorder.received, recorder.ended, recorder.lost), (b"question", True, None))
        recorder.transport.write(b"answer")
        recorder.transport.loseWriteConnection()
        self.assertEqual(self.heard(), [(Type.DATA, 0, 1, 6, b"answer"), FIN])
        self.assertIsInstance(recorder.lost, ConnectionDone)
        self.assertEqual(len(self.session), 0)

    def test_finToWhoKnowsNoHalf(self) -> None:
        """A protocol that does not know of halves is closed by a FIN, and the peer hears ours."""
        self.accepted.kind = WholeRecorder
        recorder = self.syn()
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.assertIsInstance(recorder.lost, ConnectionDone)
        self.assertEqual((self.heard(), len(self.session)), ([FIN], 0))

    def test_ourFinFirst(self) -> None:
        """After our half-close we still receive, and our window still grows."""
        recorder = self.syn()
        recorder.transport.loseWriteConnection()
        recorder.transport.write(b"too late")
        self.data(bytes(FIRST_WINDOW))
        self.assertEqual([frame[:2] for frame in self.heard()], [FIN[:2], (Type.WINDOW_UPDATE, 0)])
        self.data(b"last", flags=Flag.FIN)
        self.assertEqual((recorder.received[-4:], recorder.ended), (b"last", True))
        self.assertIsInstance(recorder.lost, ConnectionDone)
        self.assertEqual(len(self.session), 0)

    def test_pausedHearsNothing(self) -> None:
        """A paused stream gets neither bytes nor the end; both come, in order, when it is resumed."""
        recorder = self.syn()
        recorder.transport.pauseProducing()
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.assertFalse(recorder.ended)
        recorder.transport.write(b"answer")
        recorder.transport.loseWriteConnection()
        self.assertEqual((recorder.ended, recorder.lost), (False, None))
        recorder.transport.resumeProducing()
        self.assertTrue(recorder.ended)
        self.assertIsInstance(recorder.lost, ConnectionDone)

    def test_unread(self) -> None:
        """What was read too far is put back, comes first, and is counted once in the window."""
        recorder = self.syn()
        stream = recorder.transport
        recorder.onData = lambda data: stream.unread(data[5:]) if data == b"helloworld" else None
        self.data(b"helloworld")
        self.data(b"!")
        self.assertEqual(recorder.received, b"helloworld")
        stream.resumeProducing()
        self.assertEqual(recorder.received, b"helloworldworld!")
        self.assertEqual(self.streams()[1]._taken, 11)

    def test_reset(self) -> None:
        """A reset is told from an end."""
        recorder = self.syn()
        self.say(Type.WINDOW_UPDATE, Flag.RST, 1)
        self.assertIsInstance(recorder.lost, ConnectionLost)
        self.assertEqual((self.heard(), len(self.session)), ([], 0))

    def test_abort(self) -> None:
        """Dropping a stream resets it, once; what is sent to it later is thrown away."""
        recorder = self.syn()
        recorder.transport.abortConnection()
        recorder.transport.abortConnection()
        recorder.transport.loseConnection()
        self.data(b"late")
        self.assertEqual((self.heard(), len(self.session)), ([RST], 0))

    def test_closedDeliversNothing(self) -> None:
        """After loseConnection nothing is delivered, even when somebody resumes the stream."""
        recorder = self.syn()
        recorder.transport.write(bytes(FIRST_WINDOW + 1))
        recorder.transport.loseConnection()
        recorder.transport.resumeProducing()
        self.data(b"late")
        self.assertEqual((recorder.received, recorder.lost), (b"", None))
        self.say(Type.WINDOW_UPDATE, 0, 1, 1)
        self.heard()
        self.assertIsInstance(recorder.lost, ConnectionDone)
        self.say(Type.WINDOW_UPDATE, Flag.FIN, 1)
        self.assertEqual((recorder.received, self.heard(), len(self.session)), (b"", [], 0))

    def test_closeTimeout(self) -> None:
        """A peer that does not end its half is reset after five minutes."""
        recorder = self.syn()
        recorder.transport.loseConnection()
        self.heard()
        for _ in range(335):
            self.clock.advance(1)
            if RST in self.pong():
                break
        self.assertGreater(self.clock.seconds(), 300)
        self.assertEqual((len(self.session), self.lost), (0, []))

    def test_neverEnded(self) -> None:
        """Of the streams that we have closed and the peer has not, only so many are kept; the oldest is reset."""
        self.patch(overdue, "MAX_LINGERING", 3)
        for number in (1, 3, 5, 7, 9, 11):
            recorder = self.syn(number)
            if number == 5:
                recorder.transport.loseWriteConnection()
            recorder.transport.loseConnection()
            if number == 7:
                self.say(Type.WINDOW_UPDATE, Flag.FIN, 7)
        resets = [stream for _, flags, stream, *_ in self.heard() if flags == Flag.RST]
        self.assertEqual((list(self.streams()), resets, self.lost), ([5, 9, 11], [3], []))

    def test_endedInTime(self) -> None:
        """Streams that the peer ends count no more, however many there were."""
        self.patch(overdue, "MAX_LINGERING", 3)
        for number in range(1, 41, 2):
            self.syn(number).transport.loseConnection()
            self.assertNotIn(RST[1], [flags for _, flags, *_ in self.heard()])
            self.say(Type.WINDOW_UPDATE, Flag.FIN, number)
        self.assertEqual((len(self.session), len(self.session._overdue)), (0, 0))
