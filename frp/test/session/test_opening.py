"""Streams that are opened, and sessions that are closed."""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from frp.errors import LocalWireError, TunnelLost
from frp.session.backlog import BACKLOG, MAX_WAITING
from frp.test.session.peers import FIRST_WINDOW, WINDOW, Hand, SessionCase, join
from frp.test.session.test_muxed import FIN
from frp.testing.recording import Recorder, Recorders
from frp.wire.yamux import Flag, Type, dataHeader


class OpenTests(SessionCase):
    """Streams that we open."""

    client = True

    def open(self) -> Recorder:
        """Open one."""
        recorder: Recorder = self.successResultOf(self.session.connect(Recorders()))
        return recorder

    def assertNoneWaits(self) -> None:
        """As many streams as may wait for the peer can be opened, and no more."""
        for _ in range(BACKLOG):
            self.open()
        self.assertAllWait()

    def assertAllWait(self) -> None:
        """No more streams can be opened."""
        waiting = self.session.connect(Recorders())
        self.assertNoResult(waiting)
        waiting.cancel()
        self.failureResultOf(waiting)

    def test_open(self) -> None:
        """Odd numbers, the reference's window, and bytes at once: nothing waits for the acknowledgement."""
        for number in (1, 3):
            recorder = self.open()
            recorder.transport.write(b"hello")
            syn = (Type.WINDOW_UPDATE, Flag.SYN, number, WINDOW - FIRST_WINDOW, b"")
            self.assertEqual(self.heard(), [syn, (Type.DATA, 0, number, 5, b"hello")])

    def test_firstWriteRidesAlong(self) -> None:
        """What a protocol writes when it is made leaves in one write with the SYN."""
        recorder = Recorder()
        recorder.onMade = lambda: recorder.transport.write(b"hello")
        self.session.connect(Recorders(lambda: recorder))
        self.assertEqual(self.ours.writes, [12 + 12 + 5])
        self.assertEqual([frame[:2] for frame in self.heard()], [(Type.WINDOW_UPDATE, Flag.SYN), (Type.DATA, 0)])

    def test_droppedWhenMade(self) -> None:
        """A protocol that drops its stream at once: the peer never hears of it."""
        recorder = Recorder()
        recorder.onMade = lambda: recorder.transport.abortConnection()
        self.session.connect(Recorders(lambda: recorder))
        self.assertEqual((self.heard(), len(self.session)), ([], 0))
        self.assertNoneWaits()

    def test_raisesWhenMade(self) -> None:
        """A protocol that raises when it is made: connect fails with that, and nothing is left."""
        recorder = Recorder()
        recorder.onMade = lambda: 1 / 0
        self.failureResultOf(self.session.connect(Recorders(lambda: recorder)), ZeroDivisionError)
        self.assertEqual((self.heard(), len(self.session)), ([], 0))
        self.assertNoneWaits()

    def test_nobodyThere(self) -> None:
        """A factory that builds nothing: connect fails."""
        self.failureResultOf(self.session.connect(Recorders(lambda: None)), LocalWireError)
        self.assertEqual(self.heard(), [])

    def test_backlog(self) -> None:
        """Two hundred and fifty-six streams may wait for the peer; the next opens when one is acknowledged or gone."""
        streams = [self.open() for _ in range(BACKLOG)]
        first, second, third = (self.session.connect(Recorders()) for _ in range(3))
        self.assertNoResult(first)
        self.assertEqual(len(self.heard()), BACKLOG)
        self.say(Type.WINDOW_UPDATE, Flag.ACK, 1)
        self.say(Type.WINDOW_UPDATE, Flag.ACK, 1)
        self.successResultOf(first)
        self.assertNoResult(second)
        streams[3].transport.abortConnection()
        self.successResultOf(second)
        self.say(Type.WINDOW_UPDATE, Flag.RST, 5)
        self.successResultOf(third)
        self.assertAllWait()

    def test_waitingIsBounded(self) -> None:
        """A server that asks for streams and accepts none makes us hold only so many that wait."""
        for _ in range(BACKLOG):
            self.open()
        waiting = [self.session.connect(Recorders()) for _ in range(MAX_WAITING)]
        self.failureResultOf(self.session.connect(Recorders()), TunnelLost)
        self.session.abort()
        for opened in waiting:
            self.failureResultOf(opened, TunnelLost)

    def test_cancelled(self) -> None:
        """Who gives up waiting gets no stream."""
        for _ in range(BACKLOG):
            self.open()
        waiting = self.session.connect(Recorders())
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.say(Type.WINDOW_UPDATE, Flag.ACK, 1)
        self.assertEqual(len(self.session), BACKLOG)

    def test_openTimeout(self) -> None:
        """A stream that is not acknowledged for 75 seconds ends the session, as with the reference."""
        recorder = self.open()
        while not self.lost:
            self.clock.advance(1)
            self.pong()
        self.assertTrue(75 <= self.clock.seconds() <= 120)
        self.assertIn("did not answer stream 1 for 75 s", str(recorder.lost))

    def test_goneAway(self) -> None:
        """A peer that is about to end takes no new stream, nor those that wait; the others live on."""
        recorder = self.open()
        for _ in range(BACKLOG - 1):
            self.open()
        waiting = self.session.connect(Recorders())
        self.say(Type.GO_AWAY, 0, 0, 0)
        self.failureResultOf(waiting, TunnelLost)
        failure = self.failureResultOf(self.session.connect(Recorders()), TunnelLost)
        self.assertEqual(failure.value.brief, "remote end is not accepting connections")
        self.data(b"hello")
        self.assertEqual((recorder.received, self.lost), (b"hello", []))

    def test_peerOpensAtAClient(self) -> None:
        """A server may not use the numbers of a client."""
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 1)
        self.assertEnded("the peer opened stream 1, which it may not")


class CloseTests(SessionCase):
    """Ending a session in order."""

    client = True

    def test_flushes(self) -> None:
        """What a stream still has to send, and its FIN, leave before the carrier ends; it is the peer who closes it."""
        recorder = self.successResultOf(self.session.connect(Recorders()))
        recorder.transport.write(bytes(FIRST_WINDOW + 10))
        self.session.close()
        self.assertFalse(self.ours.writeEnded)
        self.say(Type.WINDOW_UPDATE, Flag.ACK, 1, 10)
        self.assertEqual((self.ours.writeEnded, self.ours.disconnecting), (True, False))
        self.assertEqual([frame[:4] for frame in self.heard()][-2:], [(0, 0, 1, 10), FIN[:4]])
        self.assertEqual(len(self.lost), 1)

    def test_deadline(self) -> None:
        """A peer that takes nothing is waited for ten seconds."""
        recorder = self.successResultOf(self.session.connect(Recorders()))
        recorder.transport.write(bytes(FIRST_WINDOW + 10))
        self.session.close()
        self.session.close()
        self.clock.advance(9)
        self.assertEqual(self.lost, [])
        self.clock.advance(1)
        self.assertTrue(self.ours.aborted)
        self.assertEqual(len(self.lost), 1)

    def test_takesNobody(self) -> None:
        """While it closes, streams can neither be opened nor accepted."""
        recorder = self.successResultOf(self.session.connect(Recorders()))
        recorder.transport.write(bytes(FIRST_WINDOW + 10))
        self.session.close()
        self.failureResultOf(self.session.connect(Recorders()), TunnelLost)
        self.say(Type.WINDOW_UPDATE, Flag.SYN, 2)
        self.assertIn((Type.WINDOW_UPDATE, Flag.RST, 2, 0, b""), self.heard())

    def test_empty(self) -> None:
        """Without streams the carrier closes at once; closing or dropping it again changes nothing."""
        self.session.close()
        self.pipe.pump()
        self.session.abort()
        self.session.close()
        self.assertEqual(len(self.lost), 1)

    def test_writeVector(self) -> None:
        """The carrier gets header and body apart."""
        vectors: list[tuple[bytes, bytes]] = []
        session = self.newSession(Recorders())
        self.pipe.client.writeVector = lambda *vector: vectors.append(vector)  # type: ignore[method-assign]
        self.pipe.client.producer = None
        join(self.pipe.client, session)
        join(self.pipe.server, Hand())
        recorder = self.successResultOf(session.connect(Recorders()))
        recorder.transport.write(b"hello")
        self.assertEqual(vectors, [(dataHeader(1, 5), b"hello")])
        session.abort()
