"""Conversations: whole on bad ways, and unharmed by junk."""

from __future__ import annotations

import base64
import hashlib
import random
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from frp.test.wire.kcp.links import Way
from frp.test.wire.recorded import recorded
from frp.wire.kcp.conversation import Conversation
from frp.wire.kcp.segments import FULL, HEAD

MIB = 1 << 20

#: Milliseconds.
DAY = 24 * 3_600_000


def conversation(number: int = 1, now: int = 100) -> Conversation:
    """A server's."""
    return Conversation(number, now, sends=1024, receives=1024)


class BytesTests(TestCase):
    """What stands on the wire."""

    def test_push(self) -> None:
        """A short write is one data shard, at once."""
        end = conversation()
        end.outbound.write(b"hi")
        (datagram,) = end.flush(100)
        self.assertEqual(datagram.hex(), "00000000f1001c000100000051000004640000000000000000000000020000006869")

    def test_acknowledged(self) -> None:
        """What comes is acknowledged with its number and its time, after ten milliseconds at most."""
        near, far = conversation(), conversation()
        near.outbound.write(b"hi")
        (datagram,) = near.flush(100)
        far.receive(datagram, len(datagram), 300)
        self.assertEqual(far.inbound.take(), b"hi")
        self.assertFalse(far.hasty())
        self.assertEqual(far.due, 310)
        (answer,) = far.flush(310)
        self.assertEqual(answer.hex(), "00000000f1001a00010000005200000464000000000000000100000000000000")
        near.receive(answer, len(answer), 320)
        self.assertTrue(near.outbound.empty)
        self.assertTrue(near.outbound.proven)

    def test_full(self) -> None:
        """A long write is cut, with parity after ten, all of one size; what is not yet allowed waits."""
        end = conversation()
        end.outbound.write(bytes(1326 * 40 + 5))
        made = end.flush(100)
        self.assertEqual({len(each) for each in made}, {FULL})
        self.assertEqual(len(made), 32 + 9)
        self.assertEqual(end.outbound.waiting, 1326 * 8 + 5)

    def test_stream(self) -> None:
        """Writes that wait share segments."""
        way = Way(delay=10)
        for _ in range(5000):
            way.ends[0].outbound.write(b"x" * 10)
        way.write(0, b"")
        way.run()
        self.assertEqual(way.received[1], b"x" * 50_000)
        self.assertLess(way.sent, 120)

    def test_zeroWindow(self) -> None:
        """A peer that takes nothing is sent no more than it has room for; it is asked, and says when it has."""
        near, far = conversation(), Conversation(1, 100, sends=10, receives=40)
        near.outbound.write(bytes(1326 * 100))

        def pass_(now: int) -> None:
            for source, sink in ((near, far), (far, near)):
                while source.hasty() or source.due <= now:
                    for datagram in source.flush(now):
                        sink.receive(datagram, len(datagram), now)

        for now in range(100, 2000, 10):
            pass_(now)
        self.assertEqual(len(far.inbound.ready), 40)
        self.assertEqual(near.outbound.window, 0)
        self.assertLess(near.due, 5000)
        self.assertEqual(len(far.inbound.take()), 1326 * 40)
        for now in range(2000, 6000, 10):  # nobody tells: it asks
            pass_(now)
        self.assertEqual(len(far.inbound.ready), 40)

    def test_wrap(self) -> None:
        """Numbers and times may wrap."""
        way = Way(loss=0.02, delay=5, start=(1 << 32) - 1000)
        for end in way.ends:
            end.outbound.una = end.outbound.nxt = end.inbound.nxt = (1 << 32) - 500
        data = random.Random(3).randbytes(2 * MIB)
        way.write(0, data)
        way.run()
        self.assertEqual(way.received[1], data)


class WayTests(TestCase):
    """Nothing is lost on bad ways, whatever they do; both ways at once."""

    def moved(self, size: int, **bad: float) -> Way:
        """@return: a way over which so much has gone, whole, in both directions."""
        way = Way(**bad)  # type: ignore[arg-type]  # whole numbers where it wants them
        data = [random.Random(n).randbytes(size) for n in (0, 1)]
        for end in (0, 1):
            way.write(end, data[end])
        way.run()
        for end in (0, 1):
            self.assertEqual(way.received[1 - end], data[end])
        return way

    def test_good(self) -> None:
        """On a way that loses nothing, nothing is sent twice."""
        way = self.moved(4 * MIB, delay=20)
        self.assertLess(way.sent, 2 * 4 * MIB / 1326 * 1.3 * 1.06)

    def test_lossy(self) -> None:
        """One in a hundred, and one in five."""
        self.moved(4 * MIB, loss=0.01, delay=25, seed=2)
        self.moved(MIB, loss=0.2, delay=25, seed=3)

    def test_disordered(self) -> None:
        """Some overtake others, and come twice."""
        self.moved(2 * MIB, loss=0.02, delay=5, jitter=40, twice=0.1, seed=4)

    def test_parity(self) -> None:
        """Parity saves time on a lossy way: less is sent for the second time."""
        with_, without = (self.moved(MIB, loss=0.03, delay=100, shards=shards, seed=5) for shards in (True, False))
        self.assertLess(with_.now, without.now)

    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 1 << 30), st.floats(0, 0.3), st.integers(0, 60), st.integers(0, 60), st.floats(0, 0.2))
    def test_any(self, seed: int, loss: float, delay: int, jitter: int, twice: float) -> None:
        """Any way at all."""
        self.moved(40_000, seed=seed, loss=loss, delay=delay, jitter=jitter, twice=twice)

    def test_day(self) -> None:
        """A day of bursts and pauses on ways that lose, disorder and repeat; the clock wraps at noon."""
        for seed in range(3):
            way = Way(seed, loss=0.05, delay=80, jitter=60, twice=0.05, start=(1 << 32) - DAY // 2)
            chance = random.Random(seed)
            sent, evening = (bytearray(), bytearray()), way.now + DAY
            while way.now < evening:
                for end in (0, 1):
                    for size in chance.choices((1, 100, 1326, 4000), k=chance.randrange(10)):
                        data = chance.randbytes(size)
                        sent[end].extend(data)
                        way.write(end, data)
                way.run(min(evening, way.now + chance.choice((20, 300, 5000, 60_000, 600_000, 1_200_000))))
            self.assertEqual([end.dead(way.now) for end in way.ends], [False, False])
            way.run()
            self.assertEqual((way.received[1], way.received[0]), sent)


class TimeTests(TestCase):
    """What is due without anything coming."""

    def test_silence(self) -> None:
        """A silent peer is asked after forty seconds, again each ten, and given up after seventy-five."""
        end = conversation(now=0)
        asked = [now for now in range(0, 80_000, 1000) if end.due <= now and end.flush(now)]
        self.assertEqual(asked, [40_000, 50_000, 60_000, 70_000])
        self.assertFalse(end.dead(74_999))
        self.assertTrue(end.dead(75_000))

    def test_living(self) -> None:
        """Two that have nothing to say keep each other."""
        way = Way(delay=30)
        way.write(0, b"hello")
        way.run(way.now + 3_600_000)
        self.assertEqual([end.dead(way.now) for end in way.ends], [False, False])
        self.assertLess(way.sent, 400)

    def test_seldom(self) -> None:
        """Who says little on a lossy way is heard soon, always: what parity brings minutes later misleads nobody."""
        way = Way(2, loss=0.03, delay=40, jitter=30)
        for number in range(1, 1000):
            for end in (0, 1):
                way.write(end, b"!")
            way.run(way.now + 4_000)
            self.assertEqual([len(received) for received in way.received], [number, number])
            way.run(way.now + 36_000)

    def test_oldEcho(self) -> None:
        """An acknowledgement of what was sent before the last one that was acknowledged does not count as a trip."""
        end = conversation(now=0)
        for now in (0, 60_000):
            end.outbound.write(b"hi")
            end.flush(now)
            answer = HEAD.pack(1, 82, 0, 100, now, now // 60_000, 0, 0)
            end.receive(answer, len(answer), now + 100)
        self.assertEqual(end.outbound.roundTrip.timeout, 248)
        late = HEAD.pack(1, 82, 0, 100, 0, 0, 2, 0)
        end.receive(late, len(late), 60_200)
        self.assertEqual(end.outbound.roundTrip.timeout, 248)

    def test_madeAgain(self) -> None:
        """What is made of parity, and has come before, is not acknowledged; what comes again by itself is."""
        end = conversation()
        for regular in (True, False, True):
            end.inbound.push(0, 50, b"x", regular)
            self.assertEqual(end.inbound.acknowledge(), [(0, 50)] if regular else [])
        self.assertEqual(end.inbound.take(), b"x")

    def test_again(self) -> None:
        """What is not acknowledged is sent again, each time after longer."""
        end = conversation(now=0)
        end.outbound.write(b"hi")
        times = [now for now in range(2000) if (end.hasty() or end.due <= now) and end.flush(now)]
        self.assertEqual(times, [0, 200, 500, 900, 1400])


class EndTests(TestCase):
    """Ends, which are our own addition."""

    def test_end(self) -> None:
        """It is told when all has arrived, and understood."""
        way = Way(delay=20, loss=0.1, seed=8)
        way.write(0, bytes(100_000))
        way.ends[0].ending.wanted = True
        way.run(way.now + 3000)
        self.assertEqual(len(way.received[1]), 100_000)
        self.assertTrue(way.ends[1].ending.byPeer)
        self.assertTrue(way.ends[0].ending.over)

    def test_unanswered(self) -> None:
        """Nobody waits long for a peer that does not know the word."""
        end = conversation(now=0)
        end.ending.wanted = True
        said = [now for now in range(1000) if (end.hasty() or end.due <= now) and end.flush(now)]
        self.assertEqual(said, [0, 100, 300])
        self.assertTrue(end.ending.over)

    def test_gone(self) -> None:
        """That there is no such conversation is believed of who has seen a time stamp of ours, and of nobody else."""
        end = conversation(now=1_000_000_000)
        for stamp, gone in ((5, False), (1_000_000_000 - 130_000, False), (1_000_000_000 - 50, True)):
            datagram = HEAD.pack(1, 85, 2, 0, stamp, 0, 0, 0)
            end.receive(datagram, len(datagram), 1_000_000_000)
            self.assertEqual(end.ending.gone, gone)

    def test_wrongEnd(self) -> None:
        """An end that is far from what we have is none, nor is that of another conversation."""
        end = conversation()
        for number, at in ((1, 5000), (2, 0), (1, (1 << 32) - 1)):
            datagram = HEAD.pack(number, 85, 0, 0, 0, at, 0, 0)
            end.receive(datagram, len(datagram), 100)
            self.assertFalse(end.ending.byPeer)


class JunkTests(TestCase):
    """Anybody may send anything in the peer's name."""

    @given(st.lists(st.tuples(st.binary(min_size=1, max_size=120), st.integers(1, 120)), max_size=20))
    def test_any(self, trains: list[tuple[bytes, int]]) -> None:
        """Nothing raises."""
        end = conversation()
        for train, size in trains:
            end.receive(train, size, 100)
            end.flush(100)

    @given(st.data())
    def test_segments(self, data: st.DataObject) -> None:
        """Nothing raises where it looks like segments; and what is kept has a bound."""
        end = conversation()
        end.outbound.write(bytes(5000))
        end.flush(100)
        word = st.integers(0, (1 << 32) - 1) | st.integers(0, 40)
        for _ in range(data.draw(st.integers(1, 20))):
            head = HEAD.pack(
                data.draw(st.sampled_from((1, 1, 1, 2))),
                data.draw(st.integers(80, 87)),
                data.draw(st.integers(0, 3)),
                data.draw(st.integers(0, 0xFFFF)),
                *(data.draw(word) for _ in range(3)),
                data.draw(st.integers(0, 20)),
            )
            payload = data.draw(st.binary(max_size=20))
            body = (len(head + payload) + 2).to_bytes(2, "little") + head + payload
            shard = data.draw(st.integers(0, 30)).to_bytes(4, "little") + b"\xf1\x00" + body
            end.receive(shard, len(shard), 100)
            end.flush(100)
        self.assertLessEqual(len(end.inbound.ready) + len(end.inbound._ahead), 2048)

    def test_flood(self) -> None:
        """Segments out of order fill no more than the window; acknowledgements that wait, neither."""
        end = conversation()
        for number in range(5000):
            head = HEAD.pack(1, 81, 0, 100, 0, number + 1, 0, 1) + b"x"
            end.receive(head, len(head), 100)
        self.assertEqual(end.inbound.ready, [])
        self.assertLess(len(end.inbound._ahead), 1024)
        self.assertLessEqual(len(end.inbound.acks), 1024)

    def test_longLie(self) -> None:
        """A segment that says it is longer than its datagram is not taken; those before it are."""
        good = HEAD.pack(1, 81, 0, 100, 0, 0, 0, 2) + b"ok"
        lie = HEAD.pack(1, 81, 0, 100, 0, 1, 0, 9) + b"no"
        end = conversation()
        end.receive(good + lie, len(good + lie), 100)
        self.assertEqual(end.inbound.ready, [b"ok"])


class RecordedTests(TestCase):
    """A conversation between the reference's two ends. Parity was left out where it was slow."""

    def setUp(self) -> None:
        (self.recorded,) = recorded("kcp", "conversations")

    def heard(self, side: str, lost: int = 0, train: int = 1) -> tuple[str, Conversation]:
        """
        @param lost: which of each so many datagrams is lost; 0 for none.
        @return: the checksum of what one side said, and who heard it.
        """
        datagrams = [base64.b64decode(each["bytes"]) for each in self.recorded["datagrams"] if each["from"] == side]
        listening = Conversation(self.recorded["conversation"], 0, sends=1024, receives=1024)
        heard = hashlib.sha256()
        for number, datagram in enumerate(datagrams):
            if not lost or number % lost != lost - 1:
                listening.receive(datagram, len(datagram), number)
            while listening.inbound.ready:
                heard.update(listening.inbound.take())
        return heard.hexdigest(), listening

    def test_whole(self) -> None:
        """All that was said is heard."""
        for side in ("client", "server"):
            self.assertEqual(self.heard(side)[0], self.recorded[side]["sha256"])

    def test_madeGood(self) -> None:
        """One in nine is lost, and nobody says anything again: parity is enough for most of it."""
        for side in ("client", "server"):
            _, whole = self.heard(side)
            _, listening = self.heard(side, lost=9)
            made = listening.inbound.nxt + len(listening.inbound._ahead)
            self.assertGreater(made, whole.inbound.nxt * 8 // 9)

    def test_sameParity(self) -> None:
        """Our parity of what the reference sent is the reference's."""
        from frp.wire.kcp.reedsolomon import parity

        groups = 0
        for side in ("client", "server"):
            shards = [base64.b64decode(each["bytes"]) for each in self.recorded["datagrams"] if each["from"] == side]
            for at, shard in enumerate(shards):
                if shard[4] == 0xF2 and shards[at - 1][4] == 0xF1 and at >= 10:
                    made = parity([each[6:] for each in shards[at - 10 : at]])
                    self.assertEqual(made, [each[6:] for each in shards[at : at + 3]])
                    groups += 1
        self.assertGreater(groups, 5)
