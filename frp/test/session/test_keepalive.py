"""Whether the peer of a session lives."""

from __future__ import annotations

from itertools import pairwise

from twisted.internet.error import ConnectionLost

from frp.errors import TunnelLost
from frp.test.session.peers import SessionCase
from frp.testing.recording import Recorder, Recorders
from frp.wire.yamux import Flag, Type


class KeepaliveTests(SessionCase):
    """Whether the peer lives."""

    def test_answer(self) -> None:
        """A ping is answered with its number."""
        self.say(Type.PING, Flag.SYN, 0, 12345)
        self.assertEqual(self.heard(), [(Type.PING, Flag.ACK, 0, 12345, b"")])

    def test_timeout(self) -> None:
        """A peer that does not answer for ten seconds is gone, and the streams hear of it."""
        recorder = self.syn()
        self.clock.pump([0.1] * 130)
        self.assertIn("did not answer a ping for 10 s", str(self.lost[0]))
        self.assertIsInstance(recorder.lost, TunnelLost)
        self.assertTrue(self.ours.aborted)

    def test_numbersAndTimes(self) -> None:
        """Pings are numbered from zero; after the first few there is one every thirty seconds."""
        sent: list[tuple[float, int]] = []
        for _ in range(400):
            self.clock.advance(0.25)
            for kind, flags, _, value, _ in self.heard():
                if (kind, flags) == (Type.PING, Flag.SYN):
                    sent.append((self.clock.seconds(), value))
                    self.say(Type.PING, Flag.ACK, 0, value)
        self.assertEqual([number for _, number in sent], list(range(len(sent))))
        gaps = [later - sooner for (sooner, _), (later, _) in pairwise(sent[5:])]
        self.assertEqual(set(gaps), {30.0})

    def test_unaskedAnswers(self) -> None:
        """Answers to pings that were not sent do not keep a session alive."""
        for _ in range(500):
            self.clock.advance(0.1)
            self.say(Type.PING, Flag.ACK, 0, 99)
        self.assertIn("did not answer a ping", str(self.lost[0]))

    def test_lost(self) -> None:
        """Held bytes belong to the protocol, though the carrier is lost; then it hears why."""
        recorder = self.syn()
        recorder.transport.pauseProducing()
        self.data(b"held")
        self.ours.lose(ConnectionLost("cable"))
        self.assertEqual(recorder.received, b"held")
        self.assertIn("cable", str(recorder.lost))
        self.failureResultOf(self.session.connect(Recorders()), TunnelLost)

    def test_lostAndRaising(self) -> None:
        """A protocol that raises when the session ends does not keep the others from hearing of it."""

        class Raising(Recorder):
            def connectionLost(self, reason: object = None) -> None:
                raise ZeroDivisionError

        self.accepted.kind = Raising
        self.syn(1)
        self.accepted.kind = Recorder
        other = self.syn(3)
        self.ours.lose(ConnectionLost())
        self.assertIsInstance(other.lost, TunnelLost)
        self.assertEqual((len(self.lines.failures), len(self.lost)), (1, 1))
