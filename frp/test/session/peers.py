"""Sessions for tests: two of ours joined by a pipe, or one of ours and a peer that speaks yamux by hand."""

from __future__ import annotations

from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from frp.session.muxed import MuxedSession
from frp.session.stream import MuxedStream
from frp.testing.pipe import End, Pipe
from frp.testing.recording import Lines, Recorder, Recorders
from frp.wire.yamux import Flag, FrameReader, Type, header

__all__ = ["FIRST_WINDOW", "WINDOW", "Hand", "PairCase", "SessionCase", "join"]

WINDOW = 6 * 1024 * 1024
FIRST_WINDOW = 256 * 1024

Frame = tuple[int, int, int, int, bytes]


def join(end: End, protocol: Protocol) -> None:
    """Make an end of a pipe the transport of a protocol."""
    end.protocol = protocol
    protocol.makeConnection(end)


class PairCase(SynchronousTestCase):
    """Two sessions of ours. The client opens, recorders answer at the server."""

    capacity: int | None = None

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.pipe = Pipe(self.capacity)
        self.accepted = Recorders()
        self.client = MuxedSession(self.clock, self.lines.log, client=True)
        self.server = MuxedSession(self.clock, self.lines.log, client=False, accept=self.accepted)
        join(self.pipe.client, self.client)
        join(self.pipe.server, self.server)
        self.lost: list[BaseException] = []
        self.client.lost.addCallback(self.lost.append)
        self.addCleanup(self._stop)

    def _stop(self) -> None:
        self.client.abort()
        self.server.abort()
        self.assertEqual(self.clock.getDelayedCalls(), [], "no timer is left")

    def opened(self) -> tuple[Recorder, Recorder]:
        """A stream: its protocols at the client and at the server, which offers the whole window."""
        near = self.successResultOf(self.client.connect(Recorders()))
        self.pipe.pump()
        far = self.accepted.built[-1]
        far.transport.widen()
        far.transport.write(b"!")
        self.pipe.pump()
        near.received.clear()
        return near, far

    def spend(self, seconds: float) -> None:
        """Let time pass; the pipe is quick."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            self.pipe.pump()


class Hand(Protocol):
    """
    A yamux peer in the hands of a test.

    @ivar frames: what it has heard, as (type, flags, stream, length, body).
    """

    transport: End

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.lost = False
        self._reader = FrameReader(self)

    def dataReceived(self, data: bytes) -> None:
        self._reader.receive(data)

    def frameReceived(self, kind: int, flags: int, stream: int, length: int) -> None:
        """A header."""
        self.frames.append((kind, flags, stream, length, b""))

    def bodyReceived(self, piece: bytes, left: int) -> None:
        """A part of a body."""
        kind, flags, stream, length, body = self.frames[-1]
        self.frames[-1] = (kind, flags, stream, length, body + piece)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = True


class SessionCase(SynchronousTestCase):
    """
    A session of ours, which accepts streams and may open some, and a peer in the test's hands.

    @ivar session: ours.
    """

    client = False

    def setUp(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.pipe = Pipe()
        self.peer = Hand()
        self.accepted = Recorders()
        self.session = self.newSession(self.accepted)
        ours, theirs = (self.pipe.client, self.pipe.server) if self.client else (self.pipe.server, self.pipe.client)
        self.ours = ours
        join(theirs, self.peer)
        join(ours, self.session)
        self.lost: list[BaseException] = []
        self.session.lost.addCallback(self.lost.append)
        self.addCleanup(self._stop)

    def newSession(self, accept: IProtocolFactory) -> MuxedSession:
        """The session that is tested."""
        return MuxedSession(self.clock, self.lines.log, client=self.client, accept=accept)

    def _stop(self) -> None:
        self.session.abort()
        self.assertEqual(self.clock.getDelayedCalls(), [], "no timer is left")

    def say(self, kind: int, flags: int, stream: int, length: int = 0, body: bytes = b"") -> None:
        """Send one frame, and hear what it brings."""
        self.peer.transport.write(header(kind, flags, stream, length or len(body)) + body)
        self.pipe.pump()

    def syn(self, stream: int = 1) -> Recorder:
        """Open a stream; forget the frames that answer it."""
        self.say(Type.WINDOW_UPDATE, Flag.SYN, stream)
        self.heard()
        protocol: Recorder = self.accepted.built[-1]
        return protocol

    def data(self, body: bytes, stream: int = 1, flags: int = 0) -> None:
        """Send bytes on a stream."""
        self.say(Type.DATA, flags, stream, 0, body)

    def heard(self) -> list[Frame]:
        """What the session has sent since the last call."""
        self.pipe.pump()
        frames, self.peer.frames = self.peer.frames, []
        return frames

    def pong(self) -> list[Frame]:
        """The same, and answer the pings among it."""
        frames = self.heard()
        for kind, flags, _, value, _ in frames:
            if (kind, flags) == (Type.PING, Flag.SYN):
                self.say(Type.PING, Flag.ACK, 0, value)
        return frames

    def streams(self) -> dict[int, MuxedStream]:
        """The session's table."""
        return self.session._streams

    def assertEnded(self, problem: str) -> None:
        """The session has ended for that reason: its owner was told, who logs it, and so was the peer."""
        self.assertEqual(len(self.lost), 1)
        self.assertIn(problem, str(self.lost[0]))
        self.assertEqual([text for text in self.lines.texts if problem in text], [])
        self.assertEqual(self.heard()[-1][:4], (Type.GO_AWAY, 0, 0, 1))
        self.assertTrue(self.ours.aborted)
        self.assertEqual(len(self.session), 0)
