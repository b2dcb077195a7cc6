"""A channel as a stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.ssh.stream import FULL, MAX_PACKET, MAX_QUEUE, MIN_PACKET, OPEN_TIMEOUT, WINDOW, SSHStream
from frp.testing.contracts import StreamContract
from frp.testing.recording import Lines, Recorder, Source

T = TypeVar("T")


class Wire:
    """
    The connection as one channel sees it: what it says goes to the channel at the other end, when that is pumped.

    @ivar said: what was said, and not yet heard.
    @ivar blocked: the connection takes no more.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lines = Lines()
        self.log = self.lines.log
        self.said: deque[tuple[str, Any]] = deque()
        self.blocked = False
        self.waiting: list[SSHStream] = []
        self.forgotten = 0

    def stalled(self, stream: SSHStream) -> None:
        self.waiting.append(stream)

    def sendPieces(self, stream: SSHStream, pieces: list[bytes]) -> None:
        self.said.extend(("received", piece) for piece in pieces)

    def sendEOF(self, channel: SSHStream) -> None:
        self.said.append(("eofReceived", None))

    def sendClose(self, channel: SSHStream) -> None:
        if not channel.localClosed:
            channel.localClosed = True
            self.said.append(("closeReceived", None))

    def adjustWindow(self, channel: SSHStream, bytesToAdd: int) -> None:
        channel.localWindowLeft += bytesToAdd
        self.said.append(("addWindowBytes", bytesToAdd))

    def forget(self, stream: SSHStream) -> None:
        self.forgotten += 1

    def together(self, act: Callable[[], T]) -> T:
        return act()

    def roundTrip(self) -> float:
        return 0.01

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.1", 50000)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.2", 2200)


def opened(wire: Wire, protocol: Protocol) -> SSHStream:
    """@return: an open channel, its protocol's transport."""
    stream = SSHStream(wire, protocol)
    protocol.makeConnection(stream)
    answered(stream)
    return stream


def answered(stream: SSHStream, window: int = WINDOW, packet: int = MAX_PACKET) -> None:
    """The client takes the channel."""
    stream.remoteWindowLeft, stream.remoteMaxPacket = window, packet
    stream.channelOpen(b"")


class SSHStreamTests(StreamContract, SynchronousTestCase):
    """A channel with one like it at the other end."""

    def setUp(self) -> None:
        super().setUp()
        self.ends: list[tuple[Wire, SSHStream]] = []

    def connect(self, near: Protocol, far: Protocol) -> None:
        wires = [Wire(Clock()), Wire(Clock())]
        streams = [opened(wire, protocol) for wire, protocol in zip(wires, (near, far), strict=True)]
        self.ends += zip(wires, reversed(streams), strict=True)

    def settle(self) -> None:
        while any(wire.said for wire, _ in self.ends):
            for wire, hearer in self.ends:
                if wire.said:
                    call, argument = wire.said.popleft()
                    getattr(hearer, call)(*([] if argument is None else [argument]))


class ChannelTests(SynchronousTestCase):
    """What is special to channels."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.wire = Wire(self.clock)
        self.protocol = Recorder()

    def stream(self) -> SSHStream:
        """@return: a channel that the client has not answered."""
        stream = SSHStream(self.wire, self.protocol)
        self.protocol.makeConnection(stream)
        return stream

    def test_early(self) -> None:
        """What is written before the client answers goes out when it does, in packets as it wants them."""
        stream = self.stream()
        stream.write(bytes(3000))
        stream.loseWriteConnection()
        self.assertEqual(list(self.wire.said), [])
        answered(stream, packet=MIN_PACKET)
        sizes = [len(said) for call, said in self.wire.said if call == "received"]
        self.assertEqual(sizes, [1024, 1024, 952])
        self.assertEqual(self.wire.said[-1], ("eofReceived", None))

    def test_closedEarly(self) -> None:
        """A channel that is given up before the answer is closed when that comes."""
        stream = self.stream()
        stream.loseConnection()
        self.assertIsNotNone(self.protocol.lost)
        self.assertEqual(list(self.wire.said), [])
        answered(stream)
        self.assertEqual(list(self.wire.said), [("closeReceived", None)])

    def test_refused(self) -> None:
        """Where the client does not take it, it is over; nothing more is said."""
        stream = self.stream()
        stream.write(b"hello")
        stream.openFailed(Exception("nobody listens"))
        self.assertIsNotNone(self.protocol.lost)
        self.assertEqual(list(self.wire.said), [])

    def test_unanswered(self) -> None:
        """A client that does not answer is not waited for; where it has, it has all the time."""
        stream = self.stream()
        self.clock.advance(OPEN_TIMEOUT)
        self.assertIsNotNone(self.protocol.lost)
        self.assertTrue(stream.closed)
        other = Recorder()
        opened(self.wire, other)
        self.clock.advance(OPEN_TIMEOUT)
        self.assertIsNone(other.lost)

    def test_windowOfTheClient(self) -> None:
        """No more is sent than the client allows; the rest waits, and whoever writes is paused."""
        stream = self.stream()
        answered(stream, window=10)
        source = Source()
        stream.registerProducer(source, True)
        stream.write(bytes(FULL + 11))
        self.assertEqual([said for _, said in self.wire.said], [bytes(10)])
        self.assertTrue(source.paused)
        stream.addWindowBytes(FULL)
        self.assertFalse(source.paused)
        self.assertEqual(sum(len(said) for _, said in self.wire.said), FULL + 10)

    def test_blocked(self) -> None:
        """While the connection is full nothing is sent; it is asked to say when it is not."""
        stream = opened(self.wire, self.protocol)
        self.wire.blocked = True
        stream.write(b"hello")
        self.assertEqual((list(self.wire.said), self.wire.waiting), ([], [stream]))
        self.wire.blocked = False
        stream.flush()
        self.assertEqual(list(self.wire.said), [("received", b"hello")])

    def test_boundless(self) -> None:
        """What is written by who cannot be paused has a bound."""
        stream = self.stream()
        for _ in range(MAX_QUEUE // 65536 + 1):
            stream.write(bytes(65536))
        self.assertIsNotNone(self.protocol.lost)

    def test_ourWindow(self) -> None:
        """While the protocol does not read, the client may send one window, and no byte more."""
        stream = opened(self.wire, self.protocol)
        stream.pauseProducing()
        for _ in range(WINDOW // MAX_PACKET):
            stream.received(bytes(MAX_PACKET))
        self.assertEqual(list(self.wire.said), [])
        self.assertRaises(RemoteWireError, stream.received, b"x")
        stream.resumeProducing()
        self.assertEqual(sum(said for _, said in self.wire.said), WINDOW)

    def test_absurd(self) -> None:
        """A window that cannot be, and packets that carry next to nothing, are refused."""
        stream = opened(self.wire, self.protocol)
        self.assertRaises(RemoteWireError, stream.addWindowBytes, 0xFFFFFFFF)
        self.assertRaises(RemoteWireError, answered, SSHStream(self.wire, Recorder()), WINDOW, MIN_PACKET - 1)

    def test_closedByClient(self) -> None:
        """When the client closes the channel, what it has sent before is still delivered, and ours is dropped."""
        stream = opened(self.wire, self.protocol)
        stream.pauseProducing()
        stream.received(b"last")
        self.wire.blocked = True
        stream.write(b"nobody reads this")
        stream.closeReceived()
        self.assertIsNone(self.protocol.lost)
        stream.resumeProducing()
        self.assertEqual(self.protocol.received, b"last")
        self.assertIsNotNone(self.protocol.lost)
        self.assertEqual(list(self.wire.said), [("closeReceived", None)])

    def test_connectionLost(self) -> None:
        """With the connection the channel ends; what was received is the protocol's."""
        stream = opened(self.wire, self.protocol)
        stream.pauseProducing()
        stream.received(b"last")
        stream.sessionLost(Failure(ConnectionError()))
        self.assertEqual(self.protocol.received, b"last")
        self.assertIsInstance(self.protocol.lost, ConnectionError)
