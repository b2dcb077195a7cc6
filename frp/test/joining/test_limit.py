"""Tests of the bandwidth limit."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.joining.limit import Bucket, Throttle

# What float arithmetic may lose over a test, in bytes and in seconds.
NOISE = 1e-3


class BucketTests(SynchronousTestCase):
    """What a user is told who wants to send."""

    def testBurst(self) -> None:
        """The first second's worth passes at once."""
        bucket = Bucket(10)
        self.assertEqual([bucket.take(4, 0.0), bucket.take(6, 0.0)], [0.0, 0.0])

    def testQueue(self) -> None:
        """Who comes later waits longer, in the order of asking."""
        bucket = Bucket(10)
        self.assertEqual([bucket.take(10, 0.0), bucket.take(5, 0.0), bucket.take(1, 0.0)], [0.0, 0.5, 0.6])

    def testRest(self) -> None:
        """A long rest saves up one second's worth, no more."""
        bucket = Bucket(10)
        bucket.take(10, 0.0)
        self.assertEqual(bucket.available(0.5), 5)
        self.assertEqual(bucket.available(1000.0), 10)

    def testDebt(self) -> None:
        """More than one second's worth can be asked for, and is paid back before the next."""
        bucket = Bucket(10)
        self.assertEqual([bucket.take(40, 0.0), bucket.available(2.0), bucket.take(10, 3.0)], [3.0, 0, 1.0])

    def testClockSetBack(self) -> None:
        """When the wall clock is set back by an hour, nobody waits for an hour."""
        bucket = Bucket(10)
        bucket.take(10, 3600.0)
        self.assertEqual(bucket.take(10, 0.0), 1.0)
        self.assertEqual(bucket.take(10, 1.0), 1.0)

    def testNoRate(self) -> None:
        """A rate that lets nothing pass is refused."""
        self.assertRaises(ValueError, Bucket, 0)

    @given(st.integers(1, 10**6), st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 100))))
    def testRateHolds(self, rate: int, asked: list[tuple[int, float]]) -> None:
        """
        Whatever is asked for and when: never more than rate * t + burst passes, in order, and never later than the
        debt says.
        """
        bucket, now, total, last = Bucket(rate), 0.0, 0, 0.0
        for n, pause in asked:
            now += pause
            passes = now + bucket.take(n, now)
            total += n
            self.assertLessEqual(total, rate * passes + rate + NOISE * total)
            self.assertLessEqual(passes, max(last, now) + n / rate + NOISE * (1 + n / rate))
            self.assertGreaterEqual(passes + NOISE, last)
            last = passes


@implementer(IPushProducer)
class Source:
    """A producer that keeps its word: it counts what it was told, and says whether it was told the same twice."""

    def __init__(self) -> None:
        self.paused = self.stopped = False
        self.repeated = 0
        self.resumed: Callable[[], object] | None = None

    def pauseProducing(self) -> None:
        self.repeated += self.paused
        self.paused = True

    def resumeProducing(self) -> None:
        self.repeated += not self.paused
        self.paused = False
        if self.resumed is not None:
            self.resumed()

    def stopProducing(self) -> None:
        self.stopped = True


class ThrottleTests(SynchronousTestCase):
    """What a user sees of a limited connection."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.source = Source()
        self.got: list[bytes] = []
        self.throttle = self.limited(Bucket(100), self.source, self.got.append)

    def limited(self, bucket: Bucket, source: Source, deliver: Callable[[bytes], object]) -> Throttle:
        throttle = Throttle(bucket, self.clock)
        throttle.attach(source, deliver)
        return throttle

    def tearDown(self) -> None:
        self.assertEqual(self.source.repeated, 0)
        self.throttle.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def size(self) -> int:
        return sum(map(len, self.got))

    def testPromise(self) -> None:
        """A consumer can take it for the producer."""
        self.assertTrue(verifyObject(IPushProducer, self.throttle))

    def testFree(self) -> None:
        """What the limit allows passes at once and uncut."""
        self.throttle.dataReceived(b"a" * 60)
        self.throttle.dataReceived(b"b" * 40)
        self.assertEqual((self.got, self.source.paused), ([b"a" * 60, b"b" * 40], False))

    def testEven(self) -> None:
        """What is too much flows evenly, in order and exactly at the rate, while the producer pauses."""
        data = bytes(range(250)) * 2
        self.throttle.dataReceived(data)
        for tenth in range(1, 41):
            self.assertTrue(self.source.paused)
            self.clock.advance(0.1 + NOISE / 100)
            self.assertEqual(self.size(), 100 + 10 * tenth)
        self.assertEqual((b"".join(self.got), self.source.paused), (data, False))

    def testRateOfLargeReads(self) -> None:
        """10 KB/s stays 10 KB/s with reads of 64 KiB."""
        self.throttle.stop()
        self.throttle = self.limited(Bucket(10240), self.source, self.got.append)
        for second in range(61):
            while not self.source.paused:
                self.throttle.dataReceived(bytes(65536))
            self.assertApproximates(self.size(), 10240 * (second + 1), 1024)
            self.clock.pump([0.1] * 10)

    def testLateTimers(self) -> None:
        """A reactor that wakes late costs no rate."""
        for _ in range(100):
            while not self.source.paused:
                self.throttle.dataReceived(bytes(30))
            self.clock.advance(0.37)
        self.assertApproximates(self.size(), 100 + 37 * 100, 100)

    def testEcho(self) -> None:
        """50 KB there and back again under 10 KB/s takes nine seconds, for both ways share the limit."""
        self.throttle.stop()
        bucket, back = Bucket(10240), Source()
        homeward = self.limited(bucket, back, self.got.append)
        self.throttle = self.limited(bucket, self.source, homeward.dataReceived)
        self.throttle.dataReceived(b"a" * 50 * 1024)
        while self.size() < 50 * 1024:
            self.clock.advance(0.01)
        self.assertGreater(self.clock.seconds(), 8.9)
        self.assertLess(self.clock.seconds(), 9.3)

    def testShared(self) -> None:
        """Two connections of one proxy share its rate fairly."""
        self.throttle.stop()
        bucket, other, theirs = Bucket(1000), Source(), list[bytes]()
        self.throttle = self.limited(bucket, self.source, self.got.append)
        second = self.limited(bucket, other, theirs.append)
        for _ in range(200):
            for source, throttle in ((self.source, self.throttle), (other, second)):
                if not source.paused:
                    throttle.dataReceived(bytes(3000))
            self.clock.advance(0.05)
        second.stop()
        together = self.size() + sum(map(len, theirs))
        self.assertApproximates(together, 11000, 200)
        self.assertApproximates(self.size(), together / 2, 1000)

    def testFullConsumer(self) -> None:
        """A consumer that is full pauses the producer too; nothing passes before it wants more."""
        self.throttle.pauseProducing()
        self.assertTrue(self.source.paused)
        self.throttle.dataReceived(b"late")
        self.assertEqual(self.got, [])
        self.throttle.resumeProducing()
        self.assertEqual((self.got, self.source.paused), ([b"late"], False))

    def testTwoReasons(self) -> None:
        """The producer goes on only when neither the limit nor the consumer minds."""
        self.throttle.dataReceived(bytes(110))
        self.throttle.pauseProducing()
        self.clock.advance(1)
        self.assertEqual((self.size(), self.source.paused), (100, True))
        self.throttle.resumeProducing()
        self.assertEqual((self.size(), self.source.paused), (110, False))
        self.throttle.dataReceived(bytes(200))
        self.throttle.pauseProducing()
        self.throttle.resumeProducing()
        self.assertTrue(self.source.paused)

    def testPausesInDelivery(self) -> None:
        """A consumer that fills up in the middle of a delivery gets no more than that."""
        self.throttle.stop()

        def deliver(data: bytes) -> None:
            self.got.append(data)
            self.throttle.pauseProducing()

        self.throttle = self.limited(Bucket(100), self.source, deliver)
        self.throttle.dataReceived(bytes(120))
        self.clock.advance(5)
        self.assertEqual((self.size(), self.source.paused), (100, True))
        self.throttle.resumeProducing()
        self.assertEqual((self.size(), self.source.paused), (120, True))
        self.throttle.resumeProducing()
        self.assertFalse(self.source.paused)

    def testBusyProducer(self) -> None:
        """A producer that delivers while it is being resumed loses nothing."""
        waiting = [b"two", b"three"]
        self.source.resumed = lambda: self.throttle.dataReceived(waiting.pop(0)) if waiting else None
        self.throttle.pauseProducing()
        self.throttle.dataReceived(b"one")
        for _ in range(2):
            self.throttle.resumeProducing()
            self.throttle.pauseProducing()
        self.assertEqual(self.got, [b"one", b"two", b"three"])

    def testAttachedPaused(self) -> None:
        """A connection that is paused until its other end is there stays so."""
        self.source.paused = True
        self.throttle.attach(self.source, self.got.append, paused=True)
        self.throttle.resumeProducing()
        self.assertFalse(self.source.paused)

    def testEnd(self) -> None:
        """The end of a connection comes after its last byte, and nobody touches a connection that is gone."""
        ends: list[int] = []
        self.throttle.dataReceived(bytes(105))
        self.throttle.end(lambda: ends.append(self.size()))
        self.assertEqual(ends, [])
        self.clock.advance(0.1)
        self.assertEqual(ends, [105])
        self.assertTrue(self.source.paused)

    def testEndAtOnce(self) -> None:
        """Where nothing waits the end is now."""
        ends: list[int] = []
        self.throttle.end(lambda: ends.append(1))
        self.throttle.resumeProducing()
        self.assertEqual(ends, [1])

    def testStop(self) -> None:
        """After a stop nothing comes any more, from either side."""
        self.throttle.dataReceived(bytes(300))
        self.throttle.end(lambda: self.fail("ended"))
        self.throttle.stop()
        self.throttle.dataReceived(bytes(300))
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.size(), 100)

    def testStoppedInDelivery(self) -> None:
        """A consumer that breaks down over a delivery gets no other; an end that comes later is heard of at once."""
        self.throttle.stop()
        ends: list[int] = []

        def deliver(data: bytes) -> None:
            self.got.append(data)
            self.throttle.stop()

        self.throttle = self.limited(Bucket(100), self.source, deliver)
        self.throttle.dataReceived(bytes(120))
        self.throttle.end(lambda: ends.append(self.size()))
        self.assertEqual(ends, [100])

    def testEndTwice(self) -> None:
        """Of two ends, of one direction and then of the whole connection, the later one counts."""
        ends: list[str] = []
        self.throttle.dataReceived(bytes(110))
        self.throttle.end(lambda: ends.append("half"))
        self.throttle.end(lambda: ends.append("whole"))
        self.clock.advance(1)
        self.assertEqual(ends, ["whole"])

    def testConsumerGone(self) -> None:
        """When the consumer goes away, the producer is told."""
        self.throttle.stopProducing()
        self.assertTrue(self.source.stopped)
        self.throttle.stopProducing()

    @given(st.integers(1, 1000), st.lists(st.one_of(st.integers(0, 500), st.floats(0, 2), st.booleans())))
    def testAnyDay(self, rate: int, steps: list[int | float | bool]) -> None:
        """
        Whatever comes, however time passes, whenever the consumer is full: the rate holds, the order holds, and all
        arrives.
        """
        clock, source, sent, got = Clock(), Source(), bytearray(), bytearray()
        throttle = Throttle(Bucket(rate), clock)

        def deliver(data: bytes) -> None:
            got.extend(data)
            self.assertLessEqual(len(got), rate * clock.seconds() + rate + NOISE)

        throttle.attach(source, deliver)
        for step in steps:
            if step is True:
                throttle.pauseProducing()
            elif step is False:
                throttle.resumeProducing()
            elif isinstance(step, float):
                clock.advance(step)
            elif not source.paused:
                sent += bytes(i % 251 for i in range(len(sent), len(sent) + step))
                throttle.dataReceived(bytes(sent[len(sent) - step :]))
        throttle.resumeProducing()
        clock.advance(len(sent) / rate + NOISE)
        while clock.getDelayedCalls():
            clock.advance(1)
        self.assertEqual((got, source.paused, source.repeated), (sent, False, 0))
