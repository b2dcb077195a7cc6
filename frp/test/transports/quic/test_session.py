"""Sessions over QUIC: two of them, with a network between them that loses and mixes."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.config.common import QUICConfig
from frp.errors import RemoteWireError, TunnelLost
from frp.test.transports.quic.between import Between
from frp.testing.recording import Recorder, Recorders
from frp.transports.quic.early import PART
from frp.transports.quic.engine import Engine
from frp.transports.quic.flow import Flow
from frp.transports.quic.settings import CONNECTION_WINDOW, FIRST_CONNECTION_WINDOW, FIRST_WINDOW, WINDOW

MIB = 1 << 20


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.answers = Recorders()

    def between(self, **options: Any) -> Between:
        """Two sessions; whatever the client opens is recorded in C{answers}."""
        made = Between(self.clock, **options)
        self.addCleanup(made.abort)
        if made._accepted is not None:
            made.server.accept = self.answers
        return made

    def opened(self, between: Between) -> Recorder:
        """A stream of the client's."""
        return self.successResultOf(between.client.connect(Recorders()))  # type: ignore[no-any-return]


class PassageTests(Case):
    """Bytes on their way."""

    def carries(self, between: Between, streams: int, size: int) -> None:
        """Streams that carry so much both ways at once, and end."""
        chance = random.Random(size)
        data = [chance.randbytes(size) for _ in range(streams)]
        near = [self.opened(between) for _ in data]
        for one, content in zip(near, data, strict=True):
            one.transport.widen()
            one.transport.write(content)
            one.transport.loseWriteConnection()
        between.spend(0.1)
        for _ in range(300):
            between.spend(0.1)
            for far in self.answers.built:
                if far.ended and not far.transport.closed:
                    far.transport.write(bytes(far.received))
                    far.transport.loseConnection()
            if all(one.ended for one in near):
                break
        self.assertEqual(
            [hashlib.sha256(one.received).digest() for one in near],
            [hashlib.sha256(each).digest() for each in data],
        )

    def test_clean(self) -> None:
        """Nothing is lost."""
        self.carries(self.between(), 3, 400_000)

    def test_lossy(self) -> None:
        """A tenth of the datagrams is lost each way, and they overtake each other."""
        self.carries(self.between(seed=1, loss=0.1), 3, 200_000)

    def test_mixed(self) -> None:
        """All arrive, in another order."""
        self.carries(self.between(seed=2), 10, 50_000)

    def test_many(self) -> None:
        """A thousand streams at once, and nothing is left of them."""
        between = self.between()
        self.carries(between, 1000, 600)
        between.spend(1)
        self.assertEqual((len(between.client), len(between.server)), (0, 0))
        for session in (between.client, between.server):
            engine = session._engine
            assert isinstance(engine, Engine)
            self.assertEqual((len(engine._flows), engine.waiting), (0, False))

    def test_sizes(self) -> None:
        """Datagrams grow to what the way carries; where it carries no more than the least, they do not."""
        between = self.between()
        stream = self.opened(between)
        between.spend(0.1)
        stream.transport.write(bytes(100_000))
        between.spend(1)
        self.assertEqual(max(between.forth.sizes), 1452)
        wide = self.between(mtu=65536)
        stream = self.opened(wide)
        stream.transport.write(bytes(1 << 20))
        wide.spend(1)
        self.assertEqual(max(wide.forth.sizes), 16384)
        self.assertEqual(len(self.answers.built[-1].received), 1 << 20)
        narrow = self.between(most=1200)
        stream = self.opened(narrow)
        narrow.spend(2)
        narrow.forth.sizes.clear()
        stream.transport.write(bytes(100_000))
        narrow.spend(1)
        self.assertIn(max(narrow.forth.sizes), range(1190, 1201))
        self.assertEqual(len(self.answers.built[-1].received), 100_000)

    def test_blackHole(self) -> None:
        """A way that carries less than before does not end the session."""
        between = self.between()
        stream = self.opened(between)
        stream.transport.write(b"!")
        between.spend(1)
        between.forth.lose = lambda datagram: len(datagram) > 1300
        stream.transport.write(bytes(30_000))
        between.spend(10)
        self.assertEqual(len(self.answers.built[0].received), 30_001)


class BoundsTests(Case):
    """What a peer can make us keep."""

    def paused(self, between: Between) -> tuple[Recorder, Recorder]:
        """A stream whose far end does not read."""
        stream = self.opened(between)
        stream.transport.write(b"!")
        between.spend(0.01)
        far = self.answers.built[-1]
        far.transport.pauseProducing()
        return stream, far

    def test_window(self) -> None:
        """Of a stream that is not read so much is sent, and the rest waits with the sender; others go on."""
        between = self.between()
        stream, far = self.paused(between)
        stream.transport.write(bytes(2 * MIB))
        between.spend(2)
        waiting = stream.transport.queued  # type: ignore[attr-defined]
        self.assertEqual(2 * MIB + 1 - waiting, FIRST_WINDOW)
        other = self.opened(between)
        other.transport.write(bytes(MIB))
        between.spend(3)
        self.assertEqual(len(self.answers.built[-1].received), MIB)
        far.transport.resumeProducing()
        between.spend(3)
        self.assertEqual(len(far.received), 2 * MIB + 1)

    def test_wide(self) -> None:
        """One that is in use may have more under way. Three that nobody reads do not hold up a fourth."""
        between = self.between()
        held = [self.paused(between) for _ in range(3)]
        for stream, far in held:
            far.transport.widen()
            stream.transport.write(bytes(8 * MIB))
        between.spend(4)
        for stream, _ in held:
            self.assertEqual(8 * MIB + 1 - stream.transport.queued, WINDOW + 1)  # type: ignore[attr-defined]
        self.assertGreater(3 * WINDOW, CONNECTION_WINDOW)
        fourth = self.opened(between)
        fourth.transport.write(bytes(MIB))
        between.spend(2)
        self.assertEqual(len(self.answers.built[-1].received), MIB)

    def hidden(self, between: Between) -> Flow:
        """A stream of the client's whose first byte never comes."""
        flow: Flow = self.opened(between).transport._flow  # type: ignore[attr-defined]
        self.miss(between, flow)
        return flow

    def miss(self, between: Between, flow: Flow) -> None:
        """Have a byte of the client's not sent."""
        client = between.client._engine
        assert isinstance(client, Engine)
        flow.sent += 1
        client._remote_max_data_used += 1

    def test_early(self) -> None:
        """What comes before its turn is not given back; it is what a session that nobody knows yet may send."""
        between = self.between()
        server = between.server._engine
        assert isinstance(server, Engine)
        flows = [self.hidden(between) for _ in range(8)]
        for flow in flows:
            flow.write(bytes(FIRST_WINDOW))
        between.spend(1)
        self.assertEqual(sum(flow.sent for flow in flows), FIRST_CONNECTION_WINDOW)
        self.assertIn(server._kept, range(FIRST_CONNECTION_WINDOW, FIRST_CONNECTION_WINDOW * 3 // 2))
        for far in self.answers.built:
            far.transport.abortConnection()
        between.spend(0.1)
        self.assertEqual(server._kept, 0)
        self.opened(between).transport.write(bytes(FIRST_CONNECTION_WINDOW))
        between.spend(1)
        self.assertGreater(len(self.answers.built[-1].received), FIRST_CONNECTION_WINDOW // 2)

    def test_crumbs(self) -> None:
        """Who sends it in crumbs, which cost more than they say, is cut off."""
        between = self.between()
        lost: list[Any] = []
        between.server.lost.addCallback(lost.append)
        flow = self.hidden(between)
        for _ in range(2 * FIRST_CONNECTION_WINDOW // PART):
            flow.write(b"x")
            between.client.flush()
            self.miss(between, flow)
            if len(between.forth.queue) > 100:
                between.spend(0.001)
        between.spend(1)
        (error,) = lost
        self.assertIsInstance(error, RemoteWireError)
        self.assertIn("too much comes before its turn", error.detail)

    def test_fullQueue(self) -> None:
        """What is written without end to a peer that reads nothing is dropped."""
        between = self.between()
        stream, _ = self.paused(between)
        for _ in range(20):
            stream.transport.write(bytes(MIB))
        self.assertIsNotNone(stream.lost)
        self.assertIn("bytes wait for a peer that does not take them", between.lines.texts[-1])

    def test_flows(self) -> None:
        """More streams than the peer allows wait until others are done."""
        between = self.between(table=QUICConfig(maxIncomingStreams=2))
        first, second = self.opened(between), self.opened(between)
        third = between.client.connect(Recorders())
        self.assertNoResult(third)
        for stream in (first, second):
            stream.transport.write(b"!")
            stream.transport.loseConnection()
        between.spend(0.1)
        for far in self.answers.built:
            far.transport.loseConnection()
        between.spend(0.1)
        self.successResultOf(third).transport.write(b"third")
        between.spend(0.1)
        self.assertEqual(self.answers.built[-1].received, b"third")

    def test_flowsToClient(self) -> None:
        """What the client allows the server is a limit of its own."""
        between = self.between(table=QUICConfig(maxIncomingStreams=1))
        between.client.accept = self.answers
        first, second = (between.server.connect(Recorders()) for _ in range(2))
        self.assertNoResult(second)
        for opened in first, second:
            stream = self.successResultOf(opened)
            stream.transport.write(b"!")
            stream.transport.loseConnection()
            between.spend(0.1)
            self.answers.built[-1].transport.loseConnection()
            between.spend(0.1)
        self.assertEqual([bytes(far.received) for far in self.answers.built], [b"!", b"!"])

    def test_waitsLong(self) -> None:
        """A stream for which the peer has no room in the time of a handshake fails, and leaves nothing."""
        between = self.between(table=QUICConfig(maxIncomingStreams=1))
        first = self.opened(between)
        late = between.client.connect(Recorders())
        between.spend(9.9)
        dropped = between.client.connect(Recorders())
        dropped.cancel()
        self.failureResultOf(dropped)
        self.assertNoResult(late)
        between.spend(0.2)
        error = self.failureResultOf(late, TunnelLost).value
        self.assertEqual(
            error.detail,
            "quic stream: no answer within 10 s: the peer allows no more of them: see its"
            " transport.quic.maxIncomingStreams",
        )
        third = between.client.connect(Recorders())
        first.transport.loseConnection()
        between.spend(0.1)
        self.successResultOf(third)

    def test_over(self) -> None:
        """Streams that come together with one that ends the session are answered by nobody."""
        between = self.between()
        built: list[Protocol] = []

        class Ending(Protocol):
            def connectionMade(self) -> None:
                built.append(self)
                between.server.abort()

        between.server.accept = Factory.forProtocol(Ending)

        def many() -> None:
            for _ in range(20):
                self.opened(between).transport.write(b"!")

        between.client.together(many)
        between.spend(0.1)
        self.assertEqual(len(built), 1)

    def test_refused(self) -> None:
        """Streams that nobody answers are reset; who opens them all the time is cut off."""
        between = self.between()
        between.server.accept = None
        lost: list[Any] = []
        between.server.lost.addCallback(lost.append)
        stream = self.opened(between)
        stream.transport.write(b"!")
        between.spend(0.1)
        self.assertIsNotNone(stream.lost)
        self.assertEqual(lost, [])
        for _ in range(1001):
            self.opened(between).transport.write(b"!")
        between.spend(0.1)
        self.assertIsInstance(lost[0], RemoteWireError)

    def test_skipped(self) -> None:
        """A stream far ahead opens all before it, which costs next to nothing."""
        between = self.between()
        client, server = between.client._engine, between.server._engine
        assert isinstance(client, Engine)
        assert isinstance(server, Engine)
        client._local_next_stream_id_bidi = 4 * 99_000
        self.opened(between).transport.write(b"late")
        between.spend(0.01)
        self.assertEqual((len(server._flows), len(server._skipped)), (1, 1))
        client._local_next_stream_id_bidi = 4 * 500
        self.opened(between).transport.write(b"early")
        between.spend(0.01)
        self.assertEqual([bytes(each.received) for each in self.answers.built], [b"late", b"early"])

    def test_beyond(self) -> None:
        """Who sends more than was allowed, or opens what was not, is told so, and the session ends."""
        for cheat in ("sendLimit", "flows"):
            between = self.between(table=QUICConfig(maxIncomingStreams=8))
            lost: list[Any] = []
            between.server.lost.addCallback(lost.append)
            between.client.lost.addCallback(lost.append)
            stream = self.opened(between)
            if cheat == "flows":
                client = between.client._engine
                assert isinstance(client, Engine)
                client._remote_max_streams_bidi = 99
                for _ in range(9):
                    self.opened(between).transport.write(b"!")
            else:
                stream.transport._flow.sendLimit = 1 << 30  # type: ignore[attr-defined]
                stream.transport.write(b"!")
                between.pump()
                self.answers.built[-1].transport.pauseProducing()
                stream.transport.write(bytes(MIB))
            between.spend(1)
            self.assertEqual([type(each) for each in lost], [RemoteWireError, RemoteWireError], cheat)
            self.assertIn("the peer broke the protocol", str(lost[0]))
            self.assertIn("the peer finds that we broke the protocol", str(lost[1]))
