"""The parts of the engine that stand alone: numbers, headers, acknowledgements, and streams in pieces."""

from __future__ import annotations

import random
from typing import Any

from aioquic._buffer import Buffer
from aioquic.quic.packet import pull_ack_frame
from aioquic.quic.rangeset import RangeSet
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.transports.quic.acknowledging import ackFrame, readAck
from frp.transports.quic.early import PART, Early
from frp.transports.quic.faults import Broken
from frp.transports.quic.flow import Flow
from frp.transports.quic.headers import longHeader, shortRuns
from frp.transports.quic.initial import initialOf
from frp.transports.quic.probing import Probing
from frp.transports.quic.resets import RATE, Resets
from frp.transports.quic.skipped import Skipped
from frp.transports.quic.varint import readVarint, varint


class VarintTests(SynchronousTestCase):
    """Numbers."""

    def test_standard(self) -> None:
        """The examples of RFC 9000, A.1."""
        for text, value in (
            ("c2197c5eff14e88c", 151288809941952652),
            ("9d7f3e7d", 494878333),
            ("7bbd", 15293),
            ("25", 37),
        ):
            data = bytes.fromhex(text)
            self.assertEqual(varint(value), data)
            self.assertEqual(readVarint(b"\0" + data, 1), (value, 1 + len(data)))
            for cut in range(len(data)):
                self.assertRaises(IndexError, readVarint, data[:cut], 0)

    @given(st.integers(0, (1 << 62) - 1))
    def test_any(self, value: int) -> None:
        """What is written is read."""
        self.assertEqual(readVarint(varint(value), 0), (value, len(varint(value))))


class AckTests(SynchronousTestCase):
    """Acknowledgements."""

    def test_bytes(self) -> None:
        """The frame of packets 0 to 3, 5, and 8 to 9."""
        ranges = RangeSet([range(4), range(5, 6), range(8, 10)])
        self.assertEqual(ackFrame(ranges, 5), bytes((2, 9, 5, 2, 1, 1, 0, 0, 3)))

    @given(st.sets(st.integers(0, 300), min_size=1))
    def test_any(self, numbers: set[int]) -> None:
        """aioquic and we read in it what was put in, but for the oldest ranges where there are many."""
        ranges = RangeSet()
        for number in numbers:
            ranges.add(number)
        frame = ackFrame(ranges, 77)
        told, delay = pull_ack_frame(Buffer(data=frame[1:]))
        self.assertEqual((list(told), delay), (list(ranges)[-32:], 77))
        read, delay, end = readAck(frame, 1, False)
        self.assertEqual([range(first, last + 1) for first, last in reversed(read)], list(told))
        self.assertEqual((delay, end), (77, len(frame)))

    def test_below(self) -> None:
        """No packet has a number below zero."""
        self.assertRaises(ValueError, readAck, bytes((3, 0, 0, 5)), 0, False)


class HeaderTests(SynchronousTestCase):
    """Whose a datagram is."""

    @given(st.binary(max_size=60))
    def test_junk(self, data: bytes) -> None:
        """Whatever it is, it is looked at."""
        longHeader(data)
        initialOf(data)

    def test_long(self) -> None:
        """The parts of a first packet."""
        data = b"\xc3\0\0\0\x01\x08" + b"A" * 8 + b"\x02BB" + b"\x03tok" + b"rest"
        self.assertEqual(longHeader(data), (0xC3, 1, b"A" * 8, b"BB"))
        initial = initialOf(data)
        assert initial is not None
        self.assertEqual((initial.name, initial.source, initial.token), (b"A" * 8, b"BB", b"tok"))
        self.assertIsNone(initialOf(b"\xe3" + data[1:]))
        self.assertIsNone(initialOf(data[:20]))

    def test_runs(self) -> None:
        """Those of one connection that follow each other come together, in order; long headers alone."""
        a, b, long = b"\x40AAAAAAAA1", b"\x40BBBBBBBB", b"\xc0" + bytes(20)
        runs = [(name, list(run)) for name, run in shortRuns([a, a, b, long, b, b"", a, b"\x40", a], 8)]
        self.assertEqual(
            runs,
            [
                (b"A" * 8, [a, a]),
                (b"B" * 8, [b]),
                (b"", [long]),
                (b"B" * 8, [b]),
                (b"A" * 8, [a]),
                (b"", [b"\x40"]),
                (b"A" * 8, [a]),
            ],
        )


class ResetsTests(SynchronousTestCase):
    """What is said of connections that nobody knows."""

    def test_token(self) -> None:
        """It follows from the secret, the port, the machine and the connection id; without a secret nobody knows it."""
        where = ("0.0.0.0", 7000)
        token = Resets(Clock(), b"secret", where, "machine").token(b"A" * 8)
        self.assertEqual(token.hex(), "40ff06f95b22e18d64c5bf7605aeacee")
        token = Resets(Clock(), b"secret", where).token(b"A" * 8)
        self.assertEqual(Resets(Clock(), b"secret", where).token(b"A" * 8), token)
        self.assertNotEqual(Resets(Clock(), b"secret", ("0.0.0.0", 7001)).token(b"A" * 8), token)
        self.assertNotEqual(Resets(Clock(), b"secret", where).token(b"B" * 8), token)
        self.assertNotEqual(Resets(Clock(), b"secret", where, "other").token(b"A" * 8), token)
        self.assertNotEqual(Resets(Clock(), b"", where).token(b"A" * 8), Resets(Clock(), b"", where).token(b"A" * 8))

    def test_answer(self) -> None:
        """It looks like a packet, ends with the token, and is shorter than what it answers; short ones get none."""
        resets = Resets(Clock(), b"secret", ("", 7000))
        for size, answered in ((1200, 43), (44, 43), (43, 42), (28, 27), (22, 21)):
            answer = resets.answer(b"A" * 8, b"\x40" + bytes(size - 1))
            assert answer is not None
            self.assertEqual((len(answer), answer[0] & 0xC0, answer[-16:]), (answered, 0x40, resets.token(b"A" * 8)))
        self.assertIsNone(resets.answer(b"A" * 8, b"\x40" + bytes(20)))
        self.assertIsNone(resets.answer(b"A" * 8, bytes(100)))

    def test_rate(self) -> None:
        """There are so many in a second."""
        clock = Clock()
        resets = Resets(clock, b"secret", ("", 7000))
        for _ in range(2):
            clock.advance(1)
            answers = [resets.answer(b"A" * 8, b"\x40" + bytes(30)) for _ in range(RATE + 5)]
            self.assertEqual(answers.count(None), 5)


class SkippedTests(SynchronousTestCase):
    """Streams that nobody has seen."""

    @given(st.lists(st.integers(0, 60)))
    def test_any(self, numbers: list[int]) -> None:
        """Each is there once."""
        skipped, known = Skipped(), set(range(5, 20)) | set(range(30, 50))
        skipped.add(5, 20)
        skipped.add(30, 50)
        for number in numbers:
            self.assertEqual(skipped.take(number), number in known)
            known.discard(number)


class ProbingTests(SynchronousTestCase):
    """Sizes of datagrams."""

    def test_ladder(self) -> None:
        """The largest first; what is lost twice is given up; what arrives ends it."""
        probing = Probing()
        probing.begin(1472)
        tried = []
        while probing.next > 1300:
            tried.append(probing.next)
            probing.lost()
        self.assertEqual(tried, [1472, 1472, 1452, 1452, 1400, 1400, 1350, 1350])
        probing.arrived(1280)
        self.assertEqual((probing.size, probing.next), (1280, 0))
        probing.begin(1100)
        self.assertEqual(probing.next, 0)


class _Engine:
    """Has a flow."""

    received = kept = 0
    receiveLimit = 1 << 30

    def __init__(self) -> None:
        self.told: list[str] = []

    def keeps(self, size: int) -> None:
        self.kept += size

    def __getattr__(self, name: str) -> Any:
        return lambda flow: self.told.append(name)


class _User:
    """Hears of a flow."""

    def __init__(self) -> None:
        self.data = b""
        self.end = ""

    def received(self, data: bytes) -> None:
        self.data += data

    def ended(self) -> None:
        self.end += "end"

    def wasReset(self) -> None:
        self.end += "reset"


class FlowTests(SynchronousTestCase):
    """A stream in pieces."""

    def flow(self, window: int = 1 << 20) -> tuple[Any, _User]:
        """One that hears."""
        self.engine = _Engine()
        flow = Flow(self.engine, 0, 1 << 20, window)
        user = flow.user = _User()  # type: ignore[assignment]
        return flow, user

    @given(st.binary(min_size=1, max_size=200), st.integers(0, 1 << 32))
    def test_pieces(self, data: bytes, seed: int) -> None:
        """Pieces that overlap, in any order and often, give what was sent."""
        chance = random.Random(seed)
        pieces = [sorted(chance.sample(range(len(data) + 1), 2)) for _ in range(8)]
        pieces += [[at, min(len(data), at + 7)] for at in range(0, len(data), 7)]
        chance.shuffle(pieces)
        flow, user = self.flow()
        for start, stop in pieces:
            flow.came(start, data[start:stop], stop == len(data))
            flow.deliver()
        self.assertEqual((user.data, user.end), (data, "end"))
        self.assertEqual(self.engine.kept, 0)

    @given(st.lists(st.binary(min_size=1, max_size=3000)), st.integers(1, 1500), st.integers(0, 1 << 32))
    def test_sent(self, written: list[bytes], most: int, seed: int) -> None:
        """What is taken for packets, of which some are lost, is what was written."""
        chance = random.Random(seed)
        flow, user = self.flow()
        for each in written:
            flow.write(each)
        flow.finish()
        there, sink = self.flow()
        while flow.sendable(1 << 20):
            at, data, fin = flow.take(most, 1 << 20)
            if chance.random() < 0.3:
                flow.lost(at, data, fin)
            else:
                there.came(at, bytes(data), fin)
                flow.acked(len(data), fin)
                there.deliver()
        self.assertEqual((sink.data, sink.end), (b"".join(written), "end"))
        self.assertTrue(flow.idle)
        del user

    def test_rules(self) -> None:
        """What is beyond the window, or behind the end, is an error."""
        flow, _ = self.flow(100)
        self.assertRaises(Broken, flow.came, 90, bytes(11), False)
        flow.came(10, b"x", True)
        self.assertRaises(Broken, flow.came, 11, b"y", False)
        self.assertRaises(Broken, flow.came, 5, b"y", True)
        self.assertRaises(Broken, flow.resetCame, 12)

    def test_stopped(self) -> None:
        """Of a stream that nobody wants nothing is kept; it is over when its end is known, though parts are missing."""
        flow, user = self.flow()
        flow.came(10, bytes(90), False)
        self.assertEqual(self.engine.kept, PART + 90)
        flow.stop()
        self.assertEqual((self.engine.kept, self.engine.told), (0, ["touched", "stops"]))
        flow.came(200, bytes(100), False)
        self.assertEqual((self.engine.kept, flow.receiving), (0, True))
        flow.came(400, b"", True)
        flow.deliver()
        self.assertEqual((flow.receiving, user.data, user.end), (False, b"", ""))
        flow, user = self.flow()
        flow.came(10, b"x", True)
        flow.stop()
        self.assertEqual((flow.receiving, self.engine.told, self.engine.kept), (False, ["touched"], 0))


class EarlyTests(SynchronousTestCase):
    """Parts that come before their turn."""

    def test_cost(self) -> None:
        """Each part costs its bytes and what holds them, however little it says that is new."""
        early = Early()
        for at in range(1, 101):
            early.put(at, bytes(1000))
        self.assertEqual(early.cost, 100 * (1000 + PART))
        early.put(1, bytes(10))
        early.put(1, bytes(1500))
        self.assertEqual(early.cost, 100 * (1000 + PART) + 500)
        self.assertEqual([len(part) for part in early.take(0)], [])
        self.assertEqual([len(part) for part in early.take(1)], [1500])
        self.assertEqual(early.cost, 0)
