"""Datagrams beside the streams of a QUIC session, on a way that loses."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.transports.quic import between
from frp.test.transports.quic.between import Between
from frp.testing.recording import Recorder, Recorders
from frp.transports.quic import settings
from frp.transports.quic.beside import COST, LARGEST_FRAME, QUEUE, Leaving
from frp.transports.quic.engine import Engine
from frp.transports.quic.flow import Flow
from frp.transports.quic.varint import varint

MIB = 1 << 20


class _Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()

    def begin(self, **options: Any) -> tuple[Recorder, Recorder]:
        """@return: both ends of a stream of the client's, on a way that is known."""
        self.between = Between(self.clock, **options)
        self.addCleanup(self.between.abort)
        return self.pair()

    def pair(self) -> tuple[Recorder, Recorder]:
        """@return: both ends of one more."""
        self.between.server.accept = answers = Recorders()
        near: Recorder = self.successResultOf(self.between.client.connect(Recorders()))
        near.transport.write(b"!")
        self.between.spend(0.2)
        (far,) = answers.built
        far.received.clear()
        return near, far

    @property
    def client(self) -> Engine:
        """The client's engine."""
        engine = self.between.client._engine
        assert isinstance(engine, Engine)
        return engine

    def say(self, frames: bytes) -> None:
        """The client sends a packet with these frames."""

        def fill(leaving: Leaving, parts: list[bytes | memoryview], left: int, room: int) -> int:
            parts.append(frames)
            leaving.clear()
            return 0

        self.client.leaving.put(Flow(self.client, 0, 0, 0), [b""])
        patch = self.patch(Leaving, "fill", fill)
        self.between.client.flush()
        patch.restore()
        self.between.spend(0.1)


class PassageTests(_Case):
    """Datagrams on their way."""

    def test_bytes(self) -> None:
        """A frame is as the documentation says."""
        self.begin()
        leaving, parts = Leaving(), list[bytes | memoryview]()
        leaving.put(Flow(self.client, 12, 0, 0), [bytes.fromhex("04 0035 c0000201 68656c6c6f")])
        self.assertEqual(leaving.fill(parts, 100, 100), 84)
        self.assertEqual(b"".join(parts), bytes.fromhex("31 400d 0c 04 0035 c0000201 68656c6c6f"))
        self.assertFalse(leaving)

    def test_sizes(self) -> None:
        """They are as long as the way carries, and longer ones when it carries more."""
        near, far = self.begin(most=1200)
        self.assertEqual(near.transport.datagramSize, 1200 - 27 - 3 - 1)
        near, far = self.begin()
        self.between.spend(1)
        self.assertEqual(near.transport.datagramSize, 1452 - 27 - 3 - 1)
        sent = [bytes(near.transport.datagramSize)] * 3
        self.between.forth.sizes.clear()
        self.assertEqual(near.transport.sendDatagrams(sent), 3)
        self.between.spend(0.1)
        self.assertEqual(far.datagrams, sent)
        self.assertEqual(max(self.between.forth.sizes), 1452)

    def test_gathered(self) -> None:
        """Short ones share a packet, and those of several streams their turns."""
        near, far = self.begin()
        other, otherFar = self.pair()
        self.between.forth.sizes.clear()
        sent = [b"%d" % number for number in range(100)]
        near.transport.sendDatagrams(sent)
        other.transport.sendDatagrams(sent)
        self.between.pump()
        self.assertEqual((far.datagrams, otherFar.datagrams), (sent, sent))
        self.assertLess(len(self.between.forth.sizes), 5)

    def test_lost(self) -> None:
        """
        One packet is lost: the bytes in it hold up those behind them, the datagram in it is gone for good, and no other
        datagram waits for anything.
        """
        near, far = self.begin()
        forth = self.between.forth
        count = 0

        def third(datagram: bytes) -> bool:
            nonlocal count
            count += 1
            return count == 3

        def say(data: bytes) -> None:
            near.transport.write(data)
            near.transport.sendDatagrams([data])

        forth.lose = third
        self.between.back.lose = lambda datagram: True  # nobody is told yet
        for number in range(10):
            near.transport.together(partial(say, b"%d" % number))
        self.between.pump()
        self.assertEqual(far.datagrams, [b"%d" % number for number in range(10) if number != 2])
        self.assertEqual(far.received, b"01")
        self.between.back.lose = lambda datagram: False
        self.between.spend(3)
        self.assertEqual(len(far.datagrams), 9)
        self.assertEqual(far.received, b"0123456789")

    def test_lossy(self) -> None:
        """Of a thousand on a way that loses a tenth, most arrive, each once and whole, while bytes lose nothing."""
        near, far = self.begin(seed=3, loss=0.1)
        near.transport.widen()
        near.transport.write(bytes(300_000))
        sent = [b"%d" % number * 100 for number in range(1000)]
        for start in range(0, 1000, 10):
            near.transport.sendDatagrams(sent[start : start + 10])
            self.between.spend(0.02)
        self.between.spend(30)
        self.assertEqual(len(far.received), 300_000)
        self.assertEqual(len(set(far.datagrams)), len(far.datagrams))
        self.assertLessEqual(set(far.datagrams), set(sent))
        self.assertIn(len(far.datagrams), range(800, 1000))

    def test_shrinks(self) -> None:
        """Those that the way carries no more are lost; it is found out, and shorter ones are sent then."""
        near, far = self.begin()
        self.between.spend(1)
        self.between.forth.lose = lambda datagram: len(datagram) > 1300
        for _ in range(100):
            near.transport.sendDatagrams([bytes(near.transport.datagramSize)])
            self.between.spend(0.1)
        self.assertIn(near.transport.datagramSize, range(1150, 1300))
        self.assertGreater(len(far.datagrams), 10)


class BoundsTests(_Case):
    """What there is room for."""

    def test_queue(self) -> None:
        """So much waits, and no more is taken; it leaves as the way allows."""
        near, far = self.begin()
        sent = [bytes(1024)] * 1000
        taken = near.transport.together(lambda: [near.transport.sendDatagrams(sent) for _ in range(2)])
        most = -(-QUEUE // (COST + 1024))
        self.assertEqual(taken, [most, 0])
        self.between.pump()
        self.assertLess(len(far.datagrams), most)
        self.between.spend(2)
        self.assertEqual(len(far.datagrams), most)
        self.assertEqual(near.transport.sendDatagrams([b"again"]), 1)

    def test_empty(self) -> None:
        """Those without a byte take room as well."""
        near, _ = self.begin()
        taken = near.transport.together(lambda: near.transport.sendDatagrams([b""] * 10_000))
        self.assertEqual(taken, QUEUE // COST)

    def test_dropped(self) -> None:
        """What waits for a stream that is dropped is dropped with it."""
        near, far = self.begin()
        near.transport.sendDatagrams([bytes(1024)] * 100)
        near.transport.abortConnection()
        self.assertFalse(self.client.leaving)
        self.between.spend(1)
        self.assertLess(len(far.datagrams), 50)

    def test_fair(self) -> None:
        """Neither datagrams without end nor bytes without end keep the other waiting."""
        near, far = self.begin()
        self.between.spend(1)
        near.transport.widen()
        far.transport.widen()
        other, otherFar = self.pair()
        other.transport.write(bytes(4 * MIB))
        for _ in range(200):
            near.transport.sendDatagrams([bytes(1000)] * 50)
            self.between.spend(0.002)
        datagrams, received = 1000 * len(far.datagrams), len(otherFar.received)
        self.assertGreater(min(datagrams, received), 50_000)
        self.assertLess(max(datagrams, received) / min(datagrams, received), 3)


class StrangeTests(_Case):
    """What a peer may send and may not."""

    def test_refused(self) -> None:
        """A peer that does not take them, as the reference, is sent none."""
        plain = settings.settingsOf

        def without(side: Any, table: Any) -> settings.Settings:
            made = plain(side, table)
            if side.server:
                made.configuration.max_datagram_frame_size = None
            return made

        self.patch(between, "settingsOf", without)
        near, far = self.begin()
        self.assertEqual(near.transport.datagramSize, 0)
        self.assertGreater(far.transport.datagramSize, 1000)

    def test_unknown(self) -> None:
        """Those beside no stream, and those that are nothing, are dropped."""
        near, far = self.begin()
        number = near.transport._flow.head  # type: ignore[attr-defined]
        for frames in (b"\x31\x00", b"\x31\x02\x04x", b"\x31\x02\x01x", b"\x31\x05" + varint(1 << 20) + b"x"):
            self.say(frames)
        self.assertEqual(far.datagrams, [])
        # The last of a packet need not say how long it is; behind what is rare they take another way.
        self.say(b"\x31\x02" + number + b"1" + b"\x30" + number + b"2")
        self.say(b"\x01\x31\x02" + number + b"3" + b"\x30" + number + b"4")
        self.assertEqual(far.datagrams, [b"1", b"2", b"3", b"4"])
        self.assertEqual(self.lost, [])

    def setUp(self) -> None:
        super().setUp()
        self.lost: list[Any] = []

    def begin(self, **options: Any) -> tuple[Recorder, Recorder]:
        made = super().begin(**options)
        self.between.server.lost.addCallback(self.lost.append)
        return made

    def test_breach(self) -> None:
        """One that is cut, or longer than was allowed, ends the session."""
        for frames, text in (
            (b"\x31\x05\x00x", "a frame is cut"),
            (b"\x31\x40", "a frame is cut"),
            (b"\x31\x01\x40", "a frame is cut"),
            (b"\x01\x31\x05\x00x", "a frame is cut"),
            (b"\x30" + bytes(LARGEST_FRAME), "a datagram of 16385 bytes, where 16384 are allowed"),
            (b"\x01\x30" + bytes(LARGEST_FRAME), "a datagram of 16385 bytes, where 16384 are allowed"),
        ):
            self.begin()
            self.lost.clear()
            self.say(frames)
            self.assertEqual([type(each) for each in self.lost], [RemoteWireError], frames[:3])
            self.assertIn(text, self.lost[0].detail)
