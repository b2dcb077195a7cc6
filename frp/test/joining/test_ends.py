"""How joined connections end."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure

from frp.errors import FRPError, LinkLost, NoWorkStream, TunnelLost
from frp.interfaces.ending import IJoined
from frp.joining.limit import Bucket
from frp.joining.splice import HALF_CLOSED_IDLE
from frp.joining.treatment import Treatment
from frp.session.stream import MuxedStream
from frp.test.joining.test_splice import TunnelCase
from frp.test.session.peers import join
from frp.testing.recording import Recorder


class EndTests(TunnelCase):
    """How connections end."""

    def test_userFirst(self) -> None:
        """A user who half-closes gets the answer, whenever it comes."""
        self.begin()
        self.say(self.user, b"question")
        self.user.transport.loseWriteConnection()
        self.settle()
        self.assertTrue(self.service.ended)
        self.assertIsNone(self.services.client.producer, "some transports wait for theirs before they end")
        self.say(self.service, b"answer")
        self.service.transport.loseConnection()
        self.settle()
        self.assertEqual((self.user.received, self.user.ended), (b"answer", True))
        self.assertOver()

    def test_serviceFirst(self) -> None:
        """A service that half-closes still hears the user."""
        self.begin()
        self.service.transport.loseWriteConnection()
        self.settle()
        self.assertTrue(self.user.ended)
        self.say(self.user, b"late")
        self.user.transport.loseWriteConnection()
        self.settle()
        self.assertEqual((self.service.received, self.service.ended), (b"late", True))
        self.assertOver()

    def test_peerThatEndsBoth(self) -> None:
        """Where the peer's FIN means both directions, a user who only writes learns that the service has gone."""
        self.begin(server=Treatment(halfClose=False))
        self.say(self.service, b"bye")
        self.service.transport.loseWriteConnection()
        self.settle()
        self.assertEqual((self.user.received, self.user.ended), (b"bye", True))
        self.assertTrue(self.users.server.lost, "and not only told that nothing more will come")

    def test_heldThenReset(self) -> None:
        """A slow user gets all that a service said before it reset its connection."""
        self.begin()
        self.far.pauseProducing()
        self.say(self.service, b"famous last words")
        self.services.client.lose(ConnectionLost())
        self.settle()
        self.assertEqual((self.user.received, self.user.ended), (b"famous last words", True))

    def test_neverResetsTheReference(self) -> None:
        """A peer that drops what it holds when it is reset gets an orderly end, whatever the service did."""
        self.begin(client=Treatment(halfClose=False))
        self.far.pauseProducing()
        self.say(self.service, b"famous last words")
        self.services.client.lose(ConnectionLost())
        self.settle()
        self.assertNotEqual(len(self.server), 0, "it was not reset")
        self.assertEqual(self.user.received, b"")
        self.far.resumeProducing()
        self.settle()
        self.assertEqual((self.user.received, self.user.ended), (b"famous last words", True))

    def test_bytesForNobody(self) -> None:
        """Who sends to a side that has closed for good is told by a reset, as TCP does."""
        self.begin()
        self.far.loseConnection()
        self.settle()
        self.say(self.service, b"anybody there?")
        self.assertTrue(self.service.ended)
        self.assertEqual(len(self.server), 0)

    def test_bothAtOnce(self) -> None:
        """Ends that cross each other."""
        self.begin()
        self.user.transport.loseWriteConnection()
        self.service.transport.loseWriteConnection()
        self.settle()
        self.assertOver()

    def test_reset(self) -> None:
        """A user who resets takes the stream down, and the service hears of the end."""
        self.begin()
        self.users.server.lose(ConnectionLost())
        self.settle()
        self.assertTrue(self.service.ended or self.service.lost)
        self.assertOver()

    def test_serviceResets(self) -> None:
        """A service that resets: the user gets what the service had said, then the end."""
        self.begin()
        self.say(self.service, b"famous last words")
        self.services.client.lose(ConnectionLost())
        self.settle()
        self.assertEqual(self.user.received, b"famous last words")
        self.assertTrue(self.user.ended)
        self.assertOver()

    def test_streamReset(self) -> None:
        """A stream that its peer resets: both sides close."""
        self.begin()
        self.far.abortConnection()
        self.settle()
        self.assertTrue(self.user.ended)
        self.assertTrue(self.service.ended)
        self.assertOver()

    def test_sessionLost(self) -> None:
        """A session that is lost closes what it carried."""
        self.begin()
        self.pipe.client.lose(ConnectionLost())
        self.pipe.server.lose(ConnectionLost())
        self.settle()
        self.assertEqual(sorted(self.ended), ["client", "server"])
        self.assertTrue(self.user.ended)

    def lose(self, why: FRPError) -> None:
        """The session of the stream before the user is lost."""
        assert isinstance(self.far, MuxedStream)
        self.far.sessionLost(Failure(why))

    def test_linkLost(self) -> None:
        """A user who has not had all because nodes have lost each other sees that it is not all."""
        for why, resets in ((TunnelLost("gone"), False), (LinkLost("gone"), True), (NoWorkStream("gone"), True)):
            self.begin()
            self.say(self.service, b"the first half")
            self.lose(why)
            self.settle()
            self.assertEqual((self.user.received, self.users.server.aborted), (b"the first half", resets))
            self.assertTrue(self.users.server.lost)

    def test_linkLostBehindTheEnd(self) -> None:
        """One who has had all is not told otherwise."""
        self.begin()
        self.say(self.service, b"all")
        self.service.transport.loseWriteConnection()
        self.settle()
        self.lose(LinkLost("gone"))
        self.settle()
        self.assertEqual((self.user.received, self.user.ended, self.users.server.aborted), (b"all", True, False))

    def test_aloneWithALimit(self) -> None:
        """Bytes that wait for the limit are not lost when their sender closes."""
        self.begin(Treatment(bucket=Bucket(1000)))
        self.say(self.user, bytes(4000))
        self.user.transport.loseConnection()
        self.spend(5)
        self.settle()
        self.assertEqual((len(self.service.received), self.service.ended), (4000, True))

    def test_idle(self) -> None:
        """A half-closed connection on which nothing moves is given up, not one that still speaks."""
        self.begin()
        self.user.transport.loseWriteConnection()
        self.settle()
        for _ in range(4):
            self.spend(HALF_CLOSED_IDLE - 20)
            self.say(self.service, b"tick")
        self.assertEqual(self.ended, [])
        self.spend(2 * HALF_CLOSED_IDLE)
        self.settle()
        self.assertEqual(self.user.received, b"tick" * 4)
        self.assertOver()

    def test_peerGone(self) -> None:
        """When the peer is given up, what has ended one way ends, be it before or after that; the rest lives on."""
        for before in (True, False):
            self.begin()
            if before:
                self.user.transport.loseWriteConnection()
                self.settle()
            joined = IJoined(self.far.protocol)
            joined.peerGone()
            self.settle()
            if not before:
                self.say(self.user, b"still there")
                self.assertEqual(self.service.received, b"still there")
                self.user.transport.loseWriteConnection()
                self.settle()
            self.assertOver()

    def test_notIdleWhileBothSpeak(self) -> None:
        """A connection that is open both ways may be silent for ever."""
        self.begin()
        self.spend(4 * HALF_CLOSED_IDLE)
        self.say(self.user, b"hello")
        self.assertEqual(self.service.received, b"hello")


class LateTests(TunnelCase):
    """Sides that are gone before they are joined."""

    def late(self, gone: Callable[[], object]) -> None:
        """Let something happen between the accept and the joining."""
        self.joins = False
        self.begin()
        join(self.users.server, Recorder())
        join(self.services.client, Recorder())
        gone()
        self.settle()
        self.joins = True
        self.join("server", None, b"")
        self.settle()

    def test_streamReset(self) -> None:
        """The stream was reset while the user waited: the user is closed, and nothing is left."""
        self.late(lambda: self.near.abortConnection())
        self.assertTrue(self.user.ended or self.user.lost)
        self.assertEqual((self.ended, self.users.server.lost), (["server"], True))

    def test_streamEnded(self) -> None:
        """The stream's peer has said everything meanwhile: it is heard, and can still be answered."""

        def end() -> None:
            self.near.write(b"all")
            self.near.loseWriteConnection()

        self.late(end)
        self.assertEqual((self.user.received, self.user.ended), (b"all", True))
        self.say(self.user, b"thanks")
        self.user.transport.loseConnection()
        self.settle()
        self.assertEqual(self.ended, ["server"])

    def test_userGone(self) -> None:
        """The user has gone meanwhile: the stream is ended, and nothing is left."""
        self.late(lambda: self.users.server.lose(ConnectionDone()))
        self.assertEqual(self.ended, ["server"])
        self.assertEqual(len(self.server), 0)
