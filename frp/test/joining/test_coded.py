"""Streams as protocols of ours see them."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from frp.interfaces import IStream
from frp.interfaces.ending import Ending
from frp.joining import coded
from frp.joining.coded import CodedStream
from frp.joining.limit import Bucket
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.session.unmultiplexed import Unmultiplexed

KEY = bytes(range(16))


class Stream(Unmultiplexed, StringTransport):
    """
    A stream of which the test is the peer.

    @ivar peer: the stream at the peer, or None.
    @ivar ended: whether our side has sent its end.
    """

    protocol: Any
    producer: Any

    def __init__(self) -> None:
        super().__init__()
        self.peer: Stream | None = None
        self.ended = False
        self.closed = False
        self.held: list[bytes] = []
        self.pauseProducing()

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.peer is not None:
            self.peer.comes(data)

    def comes(self, data: bytes) -> None:
        """The peer has sent something."""
        self.held.append(data)
        self._flow()

    def unread(self, data: bytes) -> None:
        self.pauseProducing()
        if data:
            self.held.insert(0, data)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._flow()

    def _flow(self) -> None:
        while self.held and self.producerState == "producing":
            self.protocol.dataReceived(self.held.pop(0))

    def loseWriteConnection(self) -> None:
        self.ended = True

    def loseConnection(self) -> None:
        super().loseConnection()
        assert self.producer is None, "Twisted's transports wait for their producer"
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def abortConnection(self) -> None:
        self.aborting = True
        self.protocol.connectionLost(Failure(ConnectionLost()))


class Listener(Protocol):
    """Keeps what it hears."""

    transport: Any

    def __init__(self) -> None:
        self.heard = b""
        self.lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = reason


@implementer(IHalfCloseableProtocol)
class Patient(Listener):
    """Can go on when the peer has ended."""

    ended = False

    def readConnectionLost(self) -> None:
        self.ended = True

    def writeConnectionLost(self) -> None:
        """We have ended."""


class Done(Ending):
    """Notes that it is over."""

    def __init__(self, done: list[None]) -> None:
        self._done = done

    def over(self, sent: int, received: int, byPeer: bool, mood: str) -> None:
        self._done.append(None)


class Producer:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


TREATMENTS = (
    Treatment(),
    Treatment(key=KEY),
    Treatment(compress=True),
    Treatment(key=KEY, compress=True),
)


class CodedTests(SynchronousTestCase):
    """A protocol need not know what happens to its bytes."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.log = Log("test")

    def give(self, treatment: Treatment, protocol: Listener, rest: bytes = b"", **more: Any) -> Stream:
        """@return: the stream below a protocol."""
        stream: Any = Stream()
        stream.unread(rest)
        CodedStream(stream, treatment, clock=self.clock, log=self.log, **more).begin(protocol)
        made: Stream = stream
        return made

    def pair(self, ours: Treatment, theirs: Treatment) -> tuple[Listener, Listener]:
        """@return: two protocols that talk with each other."""
        one, other = Listener(), Listener()
        here, there = self.give(ours, one), self.give(theirs, other)
        here.peer, there.peer = there, here
        return one, other

    def write(self, protocol: Protocol, *pieces: bytes) -> None:
        """Let a protocol write."""
        assert protocol.transport is not None
        for piece in pieces:
            protocol.transport.write(piece)

    def test_promise(self) -> None:
        """It is a stream like any other."""
        below: Any = Stream()
        self.assertTrue(verifyObject(IStream, CodedStream(below, Treatment(), clock=self.clock, log=self.log)))

    def test_talking(self) -> None:
        """What one side writes the other hears, whatever is done in between, and on the wire it is done."""
        for treatment in TREATMENTS:
            one, other = self.pair(treatment, treatment)
            self.write(one, b"hello ", b"", b"world" * 100)
            self.write(other, b"answer")
            self.assertEqual((other.heard, one.heard), (b"hello " + b"world" * 100, b"answer"))

    def test_limited(self) -> None:
        """A limit on either side lets bytes pass in time, all of them, and the producer waits."""
        for wire in (False, True):
            for where in (0, 1):
                for base in TREATMENTS:
                    limited = Treatment(base.key, base.compress, Bucket(1000), wire)
                    one, other = self.pair(*(limited, base)[:: 1 - 2 * where])
                    data = bytes(range(250)) * 20
                    producer = Producer()
                    one.transport.registerProducer(producer, True)
                    self.write(one, *(data[at : at + 500] for at in range(0, 5000, 500)))
                    self.assertLess(len(other.heard), 5000)
                    for _ in range(100):
                        self.clock.advance(0.1)
                    self.assertEqual(other.heard, data)
                    if not where:
                        self.assertEqual(producer.told[:2], ["pause", "resume"])

    def test_rest(self) -> None:
        """What the peer had sent before is decoded, too, and comes first."""
        listener = Listener()
        ahead = self.give(Treatment(key=KEY), Listener())
        ahead.protocol.write(b"first ")
        rest = ahead.value()
        ahead.clear()
        ahead.protocol.write(b"then")
        stream = self.give(Treatment(key=KEY), listener, rest)
        stream.comes(ahead.value())
        self.assertEqual(listener.heard, b"first then")

    def test_pause(self) -> None:
        """A protocol that pauses hears nothing until it resumes."""
        for treatment in (Treatment(), Treatment(bucket=Bucket(10**6))):
            listener = Listener()
            stream = self.give(treatment, listener)
            listener.transport.pauseProducing()
            stream.comes(b"hello")
            self.assertEqual(listener.heard, b"")
            listener.transport.resumeProducing()
            self.assertEqual(listener.heard, b"hello")

    def test_fullStream(self) -> None:
        """A stream that is full says so to who writes, also to one who comes later."""
        listener = Listener()
        stream = self.give(Treatment(key=KEY), listener)
        early, late = Producer(), Producer()
        transport: Any = listener.transport
        transport.registerProducer(early, True)
        stream.producer.pauseProducing()
        stream.producer.resumeProducing()
        stream.producer.pauseProducing()
        transport.unregisterProducer()
        transport.registerProducer(late, True)
        stream.producer.resumeProducing()
        self.assertEqual((early.told, late.told), (["pause", "resume", "pause"], ["pause", "resume"]))
        self.assertRaises(RuntimeError, transport.registerProducer, early, True)

    def test_wilful(self) -> None:
        """A protocol that goes on writing to a full stream, without a producer, loses the stream in the end."""
        listener = Listener()
        stream = self.give(Treatment(), listener)
        self.write(listener, bytes(coded.MAX_QUEUE))
        stream.producer.pauseProducing()
        self.write(listener, bytes(coded.MAX_QUEUE))
        self.assertIsNone(listener.lost)
        self.write(listener, b"x")
        self.assertIsNotNone(listener.lost)

    def test_nonsense(self) -> None:
        """Bytes that cannot be decoded end the stream, and the protocol hears nothing of them."""
        listener = Listener()
        stream = self.give(Treatment(compress=True), listener)
        stream.comes(b"GET / HTTP/1.0\r\n")
        self.assertEqual((listener.heard, listener.lost is not None), (b"", True))

    def test_close(self) -> None:
        """What was written before the close is sent, also when it has to wait for the limit."""
        for bucket in (None, Bucket(100)):
            listener = Listener()
            done: list[None] = []
            stream = self.give(Treatment(bucket=bucket), listener, ending=Done(done))
            self.write(listener, bytes(300))
            listener.transport.loseConnection()
            self.write(listener, b"too late")
            for _ in range(40):
                self.clock.advance(0.1)
            self.assertEqual((stream.value(), done, listener.lost is not None), (bytes(300), [None], True))
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_peerEnds(self) -> None:
        """A protocol that can, goes on when the peer has ended; any other one is closed."""
        for bucket in (None, Bucket(10**6)):
            patient, plain = Patient(), Listener()
            first, second = self.give(Treatment(bucket=bucket), patient), self.give(Treatment(bucket=bucket), plain)
            first.protocol.readConnectionLost()
            second.protocol.readConnectionLost()
            self.write(patient, b"answer")
            self.assertEqual((patient.ended, patient.lost, first.value()), (True, None, b"answer"))
            self.assertIsNotNone(plain.lost)
            patient.transport.loseWriteConnection()
            self.assertTrue(first.ended)

    def test_cutShort(self) -> None:
        """A compressed stream that ends within a block was cut, and is not mistaken for one that ended."""
        patient = Patient()
        ahead = self.give(Treatment(compress=True), Listener())
        ahead.protocol.write(b"hello")
        stream = self.give(Treatment(compress=True), patient)
        stream.comes(ahead.value()[:-1])
        stream.protocol.readConnectionLost()
        self.assertEqual((patient.ended, patient.lost is not None), (False, True))

    def test_lost(self) -> None:
        """After an orderly end the protocol still gets what waits for the limit; after a reset it is told at once."""
        for reason, heard in ((ConnectionDone(), 300), (ConnectionLost(), 100)):
            listener = Listener()
            stream = self.give(Treatment(bucket=Bucket(100), limitWire=True), listener)
            stream.comes(bytes(300))
            stream.protocol.connectionLost(Failure(reason))
            for _ in range(40):
                self.clock.advance(0.1)
            self.assertEqual((len(listener.heard), listener.lost is not None), (heard, True))
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_letGo(self) -> None:
        """What compression holds is given back at the end of a connection, and not when the collector comes."""
        gc.disable()
        self.addCleanup(gc.enable)
        for bucket in (None, Bucket(100)):
            stream = self.give(Treatment(compress=True, bucket=bucket), Listener())
            coded = stream.protocol
            coded.write(b"hello")
            held = weakref.ref(coded._lanes._finish.__self__)
            coded.loseConnection()
            self.assertEqual(self.clock.getDelayedCalls(), [])
            self.assertIsNone(held())
