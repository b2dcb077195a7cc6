"""What every stream must do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from twisted.internet import task
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from frp.interfaces import IStream
from frp.session.greeting import handOver
from frp.testing.recording import Joining, Recorder, Source, Spring, WholeRecorder

if TYPE_CHECKING:
    from twisted.trial.unittest import SynchronousTestCase

    _Base = SynchronousTestCase
else:
    _Base = object

__all__ = ["StreamContract"]


class StreamContract(_Base):
    """
    A stream, between the protocol that has it (near) and whoever is at the far end.

    @cvar halfCloses: whether one direction can end without the other. Without it the end of one is that of both.
    @cvar much: so many bytes are certainly more than fit while the far end reads nothing.
    """

    halfCloses = True
    much = 1 << 24

    def connect(self, near: Protocol, far: Protocol) -> None:
        """
        Make a connection.

        @param near: is to get the stream that is tested for its transport.
        @param far: gets the transport at the other end, whatever that is.
        """
        raise NotImplementedError

    def settle(self) -> None:
        """Let happen what needs no time."""
        raise NotImplementedError

    def setUp(self) -> None:
        super().setUp()
        # What is done in steps with Twisted's cooperator is done in turns of this test, whose reactor does not run.
        self._steps = Clock()
        later = partial(self._steps.callLater, 0)
        self.patch(task, "_theCooperator", task.Cooperator(lambda: lambda: True, later))

    def turn(self) -> None:
        """Let happen what does, and what comes of it."""
        self._steps.advance(0)
        self.settle()

    def until(self, happened: Callable[[], object]) -> None:
        """Settle until something has happened; fail where nothing makes it happen."""
        for _ in range(2000):
            if happened():
                return
            self.turn()
        self.fail("it did not happen")

    def connected(self, near: WholeRecorder | None = None) -> tuple[IStream, Recorder, Recorder]:
        """@return: the stream, its protocol (or a recorder in place of the one that is given), and the far end's."""
        recorder, far = Recorder(), Recorder()
        self.connect(near or recorder, far)
        self.settle()
        return (near or recorder).transport, recorder, far

    def test_interface(self) -> None:
        """It has all that a stream has."""
        stream, _, _ = self.connected()
        verifyObject(IStream, stream)
        self.assertIsNotNone(stream.getPeer())
        self.assertIsNotNone(stream.getHost())

    # Bytes

    def test_writes(self) -> None:
        """Whatever is written arrives, in its order; nothing is a write, too."""
        stream, _, far = self.connected()
        stream.write(b"one ")
        stream.writeVector(b"two", b" ")
        stream.write(b"")
        stream.writeSequence([b"three", b" ", b"four"])
        stream.writeSequence([])
        self.until(lambda: far.received == b"one two three four")

    def test_receives(self) -> None:
        """What the far end sends comes, in its order."""
        _, near, far = self.connected()
        for number in range(100):
            far.transport.write(b"%d " % number)
        self.until(lambda: near.received == b"".join(b"%d " % number for number in range(100)))

    def test_much(self) -> None:
        """As much as one likes, in one piece."""
        stream, _, far = self.connected()
        stream.registerProducer(Source(), True)
        stream.write(bytes(self.much))
        self.until(lambda: len(far.received) == self.much)

    def test_together(self) -> None:
        """What is done together gives what it gives, and its bytes arrive."""
        stream, _, far = self.connected()

        def act() -> int:
            stream.write(b"1")
            stream.write(b"2")
            return 3

        self.assertEqual(stream.together(act), 3)
        self.until(lambda: far.received == b"12")

    def test_facts(self) -> None:
        """It counts right, or says that it does not; what there is nothing to do for does no harm."""
        stream, near, far = self.connected()
        before = stream.counts() or (0, 0)
        stream.widen()
        stream.keepAlive(30)
        stream.keepAlive(-1)
        stream.write(b"hello")
        far.transport.write(b"you")
        self.until(lambda: near.received == b"you" and far.received == b"hello")
        counts = stream.counts()
        if counts is not None:
            self.assertEqual((counts[0] - before[0], counts[1] - before[1]), (5, 3))

    # Datagrams

    def test_datagrams(self) -> None:
        """
        Where there are datagrams beside it, they arrive whole, also where the far end has paused; a protocol that does
        not know of them gets none. Where there are none, none is taken.
        """
        stream, _, far = self.connected()
        size = stream.datagramSize
        if not size:
            self.assertEqual(stream.sendDatagrams([b"one"]), 0)
            return
        sent = [b"one", b"", bytes(size)]
        far.transport.pauseProducing()
        self.assertEqual(stream.sendDatagrams(sent), 3)
        self.until(lambda: far.datagrams == sent)
        near = WholeRecorder()
        stream, _, far = self.connected(near)
        far.transport.sendDatagrams(sent)
        far.transport.write(b"bytes")
        self.until(lambda: near.received == b"bytes")

    def test_datagramsEnd(self) -> None:
        """They are gone with the stream."""
        stream, near, far = self.connected()
        some = stream.datagramSize > 0
        stream.loseConnection()
        self.assertEqual(stream.sendDatagrams([b"one"]), 0)
        if some:
            far.transport.sendDatagrams([b"two"])
        self.turn()
        self.assertEqual((near.datagrams, far.datagrams), ([], []))

    # Pauses, and what is put back

    def test_pause(self) -> None:
        """A protocol that pauses it gets nothing until it resumes, and then all."""
        stream, near, far = self.connected()
        stream.pauseProducing()
        far.transport.write(b"1")
        far.transport.write(b"2")
        self.turn()
        self.assertEqual(near.received, b"")
        stream.resumeProducing()
        self.until(lambda: near.received == b"12")

    def test_unread(self) -> None:
        """What is put back comes first when it is resumed; put back twice, the later comes first."""
        stream, near, far = self.connected()
        far.transport.write(b"abcdef")
        self.until(lambda: near.received == b"abcdef")
        stream.unread(b"ef")
        stream.unread(b"cd")
        far.transport.write(b"gh")
        self.turn()
        self.assertEqual(near.received, b"abcdef")
        stream.resumeProducing()
        self.until(lambda: near.received == b"abcdefcdefgh")

    def test_unreadPauses(self) -> None:
        """A protocol that pauses while it gets what it has put back gets no more until it resumes."""
        stream, near, far = self.connected()
        far.transport.write(b"ab")
        self.until(lambda: near.received == b"ab")
        stream.unread(b"b")
        more = b"c" * 5000
        far.transport.write(more)
        self.turn()
        near.onData = lambda data: stream.pauseProducing()
        stream.resumeProducing()
        self.turn()
        self.assertEqual(near.received, b"abb")
        near.onData = lambda data: None
        stream.resumeProducing()
        self.until(lambda: near.received == b"abb" + more)

    def test_unreadAgain(self) -> None:
        """It may be put back again while it comes."""
        stream, near, far = self.connected()
        far.transport.write(b"ab")
        self.until(lambda: near.received == b"ab")
        stream.unread(b"ab")
        near.onData = lambda data: stream.unread(b"b")
        stream.resumeProducing()
        near.onData = lambda data: None
        stream.resumeProducing()
        self.until(lambda: near.received == b"ababb")

    def test_unreadEnd(self) -> None:
        """What is put back comes before the end, also to a protocol that has not resumed."""
        stream, near, far = self.connected()
        far.transport.write(b"ab")
        self.until(lambda: near.received == b"ab")
        stream.unread(b"b")
        far.transport.abortConnection()
        self.turn()
        if near.lost is None:  # it does not notice before it reads
            stream.resumeProducing()
        self.until(lambda: near.lost is not None)
        self.assertEqual(near.received, b"abb")

    # Another protocol

    def test_handOver(self) -> None:
        """Another protocol can have it, with what has come for that one already; the first hears no more."""
        stream, near, far = self.connected()
        far.transport.write(b"first second")
        self.until(lambda: near.received == b"first second")
        stream.pauseProducing()
        other = Recorder()
        handOver(stream, other, b"second")
        far.transport.write(b" third")
        self.until(lambda: other.received == b"second third")
        other.transport.write(b"answer")
        self.until(lambda: far.received == b"answer")
        far.transport.abortConnection()
        self.until(lambda: other.lost is not None)
        self.assertEqual((near.lost, near.received), (None, b"first second"))

    def test_release(self) -> None:
        """What is between can step out: what it gives in its place works, and nothing is lost."""
        stream, near, far = self.connected()
        stream.pauseProducing()
        far.transport.write(b"hello")
        self.turn()
        instead, _ = stream.release()
        other = Recorder()
        handOver(instead, other)
        self.until(lambda: other.received == b"hello")
        instead.write(b"you")
        self.until(lambda: far.received == b"you")
        self.assertEqual(near.received, b"")
        instead.abortConnection()
        self.until(lambda: other.lost is not None)
        self.assertIsNone(near.lost)

    # Ends

    def test_halfClose(self) -> None:
        """When we end our direction, all that was written arrives before the end, and we still receive."""
        stream, near, far = self.connected()
        stream.write(b"that is all")
        stream.loseWriteConnection()
        stream.write(b", too late")
        self.until(lambda: far.ended or far.lost)
        self.assertIn(far.received, (b"that is all", b"that is all, too late"))
        if not self.halfCloses:
            return
        far.transport.write(b"still here")
        self.until(lambda: near.received == b"still here")
        far.transport.loseConnection()
        self.until(lambda: near.ended or near.lost)

    def test_peersHalfClose(self) -> None:
        """When the far end has ended its direction, a protocol that knows of that hears it, and may still write."""
        stream, near, far = self.connected()
        far.transport.write(b"that is all")
        far.transport.loseWriteConnection()
        self.until(lambda: near.ended or near.lost)
        self.assertEqual(near.received, b"that is all")
        if self.halfCloses:
            self.assertTrue(near.ended)
            self.assertIsNone(near.lost)
            stream.write(b"still here")
            self.until(lambda: far.received == b"still here")
            stream.loseConnection()
            self.until(lambda: near.lost is not None and (far.ended or far.lost))

    def test_whole(self) -> None:
        """A protocol that does not know of half-closing is at its end when the far end is."""
        near = WholeRecorder()
        stream, _, far = self.connected(near)
        far.transport.write(b"bye")
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)
        self.assertEqual(near.received, b"bye")
        self.assertTrue(stream.closed)

    def test_close(self) -> None:
        """When we close, all that was written arrives before the end, and we hear of it once. More does no harm."""
        stream, near, far = self.connected()
        self.assertFalse(stream.closed)
        stream.write(b"bye")
        stream.loseConnection()
        self.assertTrue(stream.closed)
        stream.write(b", too late")
        stream.loseConnection()
        stream.loseWriteConnection()
        self.until(lambda: far.ended or far.lost)
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)
        self.assertIn(far.received, (b"bye", b"bye, too late"))
        self.assertTrue(stream.closed)

    def test_stop(self) -> None:
        """Whoever has it as a producer may stop it: that closes it."""
        stream, near, far = self.connected()
        stream.stopProducing()
        self.assertTrue(stream.closed)
        self.until(lambda: far.ended or far.lost)
        far.transport.loseConnection()
        self.until(lambda: near.lost is not None)

    def test_abort(self) -> None:
        """When we drop it, both ends hear of it, and what is called after that does nothing."""
        stream, near, far = self.connected()
        stream.abortConnection()
        self.assertTrue(stream.closed)
        self.until(lambda: near.lost is not None and far.lost is not None)
        for call in (stream.abortConnection, stream.loseConnection, stream.loseWriteConnection):
            call()
        stream.write(b"too late")
        stream.writeVector(b"too", b"late")
        stream.pauseProducing()
        stream.resumeProducing()
        self.turn()
        self.assertTrue(stream.closed)
        self.assertEqual(far.received, b"")

    # Producers

    def test_oneProducer(self) -> None:
        """It has one producer at a time."""
        stream, _, far = self.connected()
        stream.registerProducer(Source(), True)
        self.assertRaises(RuntimeError, stream.registerProducer, Source(), True)
        stream.unregisterProducer()
        stream.registerProducer(Source(), True)
        stream.write(b"hello")
        self.until(lambda: far.received == b"hello")

    def test_full(self) -> None:
        """A producer is paused while the far end does not read, and resumed when it does."""
        stream, _, far = self.connected()
        source = Source()
        far.transport.pauseProducing()
        stream.registerProducer(source, True)
        for _ in range(16):
            if not source.paused:
                stream.write(bytes(self.much // 16))
                self.turn()
        self.assertTrue(source.paused)
        far.transport.resumeProducing()
        self.until(lambda: not source.paused)
        self.assertFalse(source.stopped)

    def test_pull(self) -> None:
        """A producer that wants to be asked for each piece is asked."""
        stream, _, far = self.connected()
        stream.registerProducer(Spring(stream), False)
        self.until(lambda: far.received == b"321")

    def test_producerStops(self) -> None:
        """A producer is stopped before the protocol hears of the end, whoever makes it."""
        for ours in (True, False):
            near = Joining()
            stream, _, far = self.connected(near)
            stream.registerProducer(near, True)
            (stream if ours else far.transport).abortConnection()
            self.until(near.isLost)
            self.assertEqual(near.told, ["stop", "lost"])

    def test_lateProducer(self) -> None:
        """One that comes after the end is stopped at once."""
        stream, near, _ = self.connected()
        stream.abortConnection()
        self.until(lambda: near.lost is not None)
        source = Source()
        stream.registerProducer(source, True)
        self.assertTrue(source.stopped)
