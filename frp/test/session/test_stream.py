"""Yamux streams between two sessions of ours: windows, back-pressure, producers."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import task
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IDelayedCall, IPullProducer
from zope.interface import implementer

from frp.session.inflow import GIVE_BACK, LEAST
from frp.session.outflow import MAX_QUEUE
from frp.session.returns import GIVE_TIME
from frp.test.session.peers import FIRST_WINDOW, WINDOW, PairCase
from frp.testing.recording import Recorder, Recorders, Source


class WindowTests(PairCase):
    """What a peer may send ahead."""

    def test_exhaustionAndRefill(self) -> None:
        """A reader that pauses holds up its own peer at the end of the window; when it resumes, all the rest comes."""
        near, far = self.opened()
        far.transport.pauseProducing()
        data = bytes(range(256)) * (WINDOW // 128)
        for start in range(0, len(data), 1 << 20):
            near.transport.write(data[start : start + (1 << 20)])
        self.pipe.pump()
        self.assertEqual(far.transport.receiveWindow, 0)  # type: ignore[attr-defined]
        self.assertEqual(near.transport.queued, len(data) - WINDOW)  # type: ignore[attr-defined]
        far.transport.resumeProducing()
        self.pipe.pump()
        self.assertTrue(far.received == data)
        self.assertEqual(near.transport.queued, 0)  # type: ignore[attr-defined]

    def test_writeBeyondTheWindow(self) -> None:
        """One write that is longer than any window arrives whole: what the window takes goes at once."""
        near, far = self.opened()
        data = bytes(WINDOW + 12345)
        near.transport.write(data)
        self.pipe.pump()
        self.assertTrue(far.received == data)

    def test_writeBeyondTheFirstWindow(self) -> None:
        """The same on a new stream whose acceptor has offered no more than everybody."""
        near = self.successResultOf(self.client.connect(Recorders()))
        near.transport.write(bytes(3 * FIRST_WINDOW + 1))
        self.pipe.pump()
        self.assertEqual(len(self.accepted.built[0].received), 3 * FIRST_WINDOW + 1)

    def test_widerWithoutAWrite(self) -> None:
        """A stream that is offered the whole window, but never written to, is not held up."""
        near = self.successResultOf(self.client.connect(Recorders()))
        self.pipe.pump()
        far = self.accepted.built[0]
        far.transport.widen()
        far.transport.widen()
        near.transport.write(bytes(2 * WINDOW))
        self.pipe.pump()
        self.assertEqual(len(far.received), 2 * WINDOW)

    def test_othersGoOn(self) -> None:
        """One slow reader holds up nobody else, and the carrier is never paused for it."""
        slow, slowFar = self.opened()
        quick, quickFar = self.opened()
        slowFar.transport.pauseProducing()
        slow.transport.write(bytes(2 * WINDOW))
        quick.transport.write(bytes(2 * WINDOW))
        self.pipe.pump()
        self.assertEqual(len(quickFar.received), 2 * WINDOW)
        self.assertFalse(self.pipe.server.paused)

    def givenBack(self, near: Recorder) -> int:
        """@return: how many frames came back for a hundred pieces, together twice what is given back at once."""
        before = len(self.pipe.server.writes)
        for _ in range(100):
            near.transport.write(bytes(GIVE_BACK // 50))
            self.pipe.pump()
        return len(self.pipe.server.writes) - before

    def test_givenBackInSteps(self) -> None:
        """Taken bytes are given back in steps, not for every piece."""
        near, _ = self.opened()
        self.clock.advance(1)
        self.pipe.pump()
        self.assertEqual(self.givenBack(near), 1)

    def test_givenBackInCompany(self) -> None:
        """The steps are smaller while others wait for answers."""
        near, _ = self.opened()
        _, other = self.opened()
        self.clock.advance(1)
        other.transport.write(b"how much longer")
        self.pipe.pump()
        self.assertGreater(self.givenBack(near), 5)

    def test_givenBackInTime(self) -> None:
        """A peer that has no more than that under way gets it back all the same, after a moment."""
        near, _ = self.opened()
        self.clock.advance(1)
        self.pipe.pump()
        before = len(self.pipe.server.writes)
        near.transport.write(bytes(LEAST))
        self.pipe.pump()
        self.assertEqual(len(self.pipe.server.writes), before)
        self.clock.advance(GIVE_TIME)
        self.assertEqual(self.pipe.server.writes[before:], [12])

    def test_counts(self) -> None:
        """A stream knows how many bytes went each way."""
        near, far = self.opened()
        near.transport.write(bytes(1000))
        far.transport.write(bytes(500))
        self.pipe.pump()
        for end, counts in ((near, (1000, 501)), (far, (501, 1000))):
            transport = end.transport
            self.assertEqual((transport.bytesSent, transport.bytesReceived), counts)  # type: ignore[attr-defined]


class ProducerTests(PairCase):
    """What writes much, and may be told to wait."""

    def full(self) -> tuple[Recorder, Recorder]:
        """A stream whose window is used up."""
        near, far = self.opened()
        far.transport.pauseProducing()
        near.transport.write(bytes(WINDOW))
        self.pipe.pump()
        return near, far

    def test_pausedAndResumed(self) -> None:
        """A producer is paused at the first byte that has to wait, and resumed when none does."""
        near, far = self.full()
        source = Source()
        near.transport.registerProducer(source, True)
        self.assertFalse(source.paused)
        near.transport.write(b"a")
        near.transport.write(b"b")
        self.assertTrue(source.paused)
        far.transport.resumeProducing()
        self.pipe.pump()
        self.assertEqual((source.paused, source.pauses), (False, 1))

    def test_pausedFromTheStart(self) -> None:
        """One that is registered while bytes wait is paused at once."""
        near, _ = self.full()
        near.transport.write(b"a")
        source = Source()
        near.transport.registerProducer(source, True)
        self.assertTrue(source.paused)

    def test_onlyOne(self) -> None:
        """A second one is refused, as by every transport."""
        near, _ = self.opened()
        near.transport.registerProducer(Source(), True)
        self.assertRaises(RuntimeError, near.transport.registerProducer, Source(), True)

    def test_stoppedAtTheEnd(self) -> None:
        """When the stream ends, nobody wants more; one that comes later is told at once."""
        near, far = self.opened()
        first, second = Source(), Source()
        near.transport.registerProducer(first, True)
        far.transport.abortConnection()
        self.pipe.pump()
        near.transport.registerProducer(second, True)
        self.assertEqual((first.stopped, second.stopped), (True, True))

    def test_raises(self) -> None:
        """A producer that raises when it is resumed loses its own stream; those that wait behind it go on."""
        near, _ = self.opened()
        other, otherFar = self.opened()
        source = Source()
        source.onResume = lambda: 1 / 0
        near.transport.registerProducer(source, True)
        self.client.pauseProducing()
        near.transport.write(b"a")
        other.transport.write(b"b")
        self.client.resumeProducing()
        self.pipe.pump()
        self.assertEqual(otherFar.received, b"b")
        self.assertIsInstance(near.lost, ConnectionAborted)
        self.assertEqual(len(self.lines.failures), 1)

    def test_withoutAProducer(self) -> None:
        """Who writes without a producer may run far ahead, but not for ever: the stream is dropped, with a line."""
        near, _ = self.full()
        for _ in range(MAX_QUEUE // (1 << 20)):
            near.transport.write(bytes(1 << 20))
        self.assertIsNone(near.lost)
        near.transport.write(b"!")
        self.assertIsInstance(near.lost, ConnectionAborted)
        self.assertIn("wait for a peer that does not take them", self.lines.texts[0])
        self.assertEqual(self.lost, [])

    def test_carrierFull(self) -> None:
        """When the carrier is full all streams wait, and go on in their order when it drains."""
        near, far = self.opened()
        other, otherFar = self.opened()
        self.pipe.client.capacity = 1000
        sources = [Source(), Source()]
        near.transport.registerProducer(sources[0], True)
        other.transport.registerProducer(sources[1], True)
        for _ in range(3):
            near.transport.write(bytes(900))
            other.transport.write(bytes(900))
        self.assertTrue(all(source.paused for source in sources))
        self.assertLess(len(self.pipe.client.wire), 3000)
        self.pipe.pump()
        self.assertEqual((len(far.received), len(otherFar.received)), (2700, 2700))
        self.assertFalse(any(source.paused for source in sources))

    def test_halfClosedBehindTheQueue(self) -> None:
        """The end follows the bytes that wait."""
        near, far = self.full()
        near.transport.write(b"last")
        near.transport.loseWriteConnection()
        near.transport.write(b"too late")
        far.transport.resumeProducing()
        self.pipe.pump()
        self.assertEqual((far.received[-4:], far.ended, near.lost), (b"last", True, None))

    def test_closedBehindTheQueue(self) -> None:
        """So does a close; the protocol hears of it when all is sent."""
        near, far = self.full()
        near.transport.write(b"last")
        near.transport.loseConnection()
        self.assertIsNone(near.lost)
        far.transport.resumeProducing()
        self.pipe.pump()
        self.assertEqual((far.received[-4:], far.ended), (b"last", True))
        self.assertIsInstance(near.lost, ConnectionDone)


@implementer(IPullProducer)
class _Pages:
    """A pull producer of so many pages."""

    def __init__(self, recorder: Recorder, pages: int) -> None:
        self._recorder = recorder
        self.left = pages
        self.stopped = False

    def resumeProducing(self) -> None:
        """Write one."""
        self._recorder.transport.write(bytes(100_000))
        self.left -= 1
        if not self.left:
            self._recorder.transport.unregisterProducer()

    def stopProducing(self) -> None:
        """Nobody wants more."""
        self.stopped = True


class PullTests(PairCase):
    """What is asked for each piece; Twisted's wrapper makes it a producer as the others, with the reactor's time."""

    def setUp(self) -> None:
        super().setUp()
        cooperator = task.Cooperator(scheduler=self._later, terminationPredicateFactory=lambda: lambda: True)
        self.patch(task, "_theCooperator", cooperator)

    def _later(self, call: Callable[[], None]) -> IDelayedCall:
        return self.clock.callLater(0, call)

    def test_pull(self) -> None:
        """All pages arrive, no faster than they are read."""
        near, far = self.opened()
        far.transport.pauseProducing()
        pages = _Pages(near, 200)
        near.transport.registerProducer(pages, False)
        for _ in range(300):
            self.clock.advance(0)
        self.assertEqual(200 - pages.left, WINDOW // 100_000 + 1)
        far.transport.resumeProducing()
        for _ in range(300):
            self.pipe.pump()
            self.clock.advance(0)
        self.pipe.pump()
        self.assertEqual((len(far.received), pages.left), (20_000_000, 0))

    def test_stopped(self) -> None:
        """It hears that the stream has ended."""
        near, far = self.opened()
        pages = _Pages(near, 200)
        near.transport.registerProducer(pages, False)
        self.clock.advance(0)
        far.transport.abortConnection()
        self.pipe.pump()
        self.assertTrue(pages.stopped)
        self.clock.advance(0)
