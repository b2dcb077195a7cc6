"""What every stream must do."""

from __future__ import annotations

from zope.interface.verify import verifyObject

from frp.interfaces import IStream
from frp.session.greeting import handOver
from frp.testing.contracts.streamends import EndsContract
from frp.testing.recording import Joining, Recorder, Source, Spring, WholeRecorder

__all__ = ["StreamContract"]


class StreamContract(EndsContract):
    """All of L{IStream}: what is asked of it, bytes, datagrams, pauses, ends and producers."""

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
