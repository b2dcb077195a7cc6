"""What other workers have carried, and what becomes of it when they are gone."""

from __future__ import annotations

import json
from collections import Counter

import attrs
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.interfaces import Seen
from frp.server.meters import DailyMeter, Figures
from frp.server.registry.roster import Roster
from frp.server.statistics import ProxyRecord, Statistics
from frp.server.whole.lives import Left, Lives
from frp.server.whole.merging import RecordSum, SeenSum
from frp.server.whole.own import Sums
from frp.wire.messages import NewProxy

DAY = 24 * 3600


class WorkerCase(SynchronousTestCase):
    """One worker."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.statistics = Statistics(self.clock, keep=True)

    def begin(self, name: str, kind: str = "tcp") -> DailyMeter:
        """A client brings a proxy."""
        meter = self.statistics.meter(name, kind)
        self.statistics.began(NewProxy(proxy_name=name, proxy_type=kind), meter, user="", clientID="", address="")
        return meter

    def figures(self, bytesIn: int, bytesOut: int, *, current: int = 0, age: int = 0) -> Figures:
        """@return: what was carried some days ago, by one connection."""
        days = ([bytesIn] + [0] * 6, [bytesOut] + [0] * 6)
        day = self.statistics.day - age
        return Figures(
            day=day, current=current, total=1, bytesIn=bytesIn, bytesOut=bytesOut, daysIn=days[0], daysOut=days[1]
        )

    def record(self, name: str, figures: Figures, *, online: bool = False, kind: str = "tcp") -> ProxyRecord:
        """@return: a proxy of another worker."""
        message = NewProxy(proxy_name=name, proxy_type=kind) if online else None
        now = self.clock.seconds()
        return ProxyRecord(name, kind, figures, message=message, startedAt=now, closedAt=0 if online else now)


def seen(name: str, at: float, *, left: float | None = None) -> Seen:
    """@return: a client."""
    return Seen(name, "", name, "" if left else "r", "", "", "", "", at, at, left)


class LivesTests(WorkerCase):
    """What one worker knows of others."""

    def setUp(self) -> None:
        super().setUp()
        self.roster = Roster(self.clock)
        self.lives = self.new()

    def new(self) -> Lives:
        return Lives(self.clock, self.statistics, self.roster)

    def hear(self, id: str, bytesIn: int, name: str = "a") -> None:
        """The second worker says in some life what it has carried with one proxy, which is open."""
        life = self.lives.heard(2, id)
        assert life is not None
        figures = self.figures(bytesIn, 2 * bytesIn, current=1)
        life.sums = Sums(clients=1, figures=figures, types=Counter(tcp=1), refused=Counter(no=1))
        life.records = {name: self.record(name, figures, online=True)}
        life.seen = [seen("c", self.clock.seconds())]

    def carried(self) -> tuple[int, int]:
        """@return: what this worker tells as its own: in all, and of the one proxy."""
        record = self.statistics.find("a")
        return self.statistics.whole.bytesIn, 0 if record is None else record.meter.bytesIn

    def test_replaced(self) -> None:
        """What a life has carried is this worker's when another one answers in its place, and not before."""
        self.hear("x", 5)
        self.lives.gone(2)
        self.assertEqual(self.carried(), (0, 0))
        life = self.lives.of(2)
        assert life is not None
        assert life.sums is not None
        self.assertEqual((life.sums.clients, life.sums.figures.bytesIn, life.sums.types), (0, 5, Counter(tcp=0)))
        self.assertEqual(life.records["a"].online, False)
        self.assertEqual(life.records["a"].meter.current, 0)
        self.hear("y", 7)
        self.assertEqual(self.carried(), (5, 5))
        self.assertEqual((self.statistics.refused, self.statistics.types), (Counter(no=1), Counter(tcp=0)))
        (client,) = self.successResultOf(self.roster.seen())
        self.assertFalse(client.online)
        # An answer that was given before, and waited for another worker's.
        self.assertIsNone(self.lives.heard(2, "x"))
        self.assertEqual(self.carried(), (5, 5))

    def test_left(self) -> None:
        """One that ends in good order says the last of it."""
        self.hear("x", 5)
        figures = self.figures(6, 12)
        sums = Sums(clients=0, figures=figures, types=Counter(tcp=0), refused=Counter())
        self.lives.left(2, Left("x", sums, [self.record("a", figures)], []))
        self.assertIsNone(self.lives.heard(2, "x"))
        self.hear("y", 7)
        self.assertEqual(self.carried(), (6, 6))

    def test_kept(self) -> None:
        """From the file comes what is over, and not what goes on: that is still said by who lives."""
        self.hear("x", 5)
        kept = [(name, json.loads(json.dumps(data))) for name, data in self.lives.memory()]
        for alive, expected in ((True, (0, 0)), (False, (5, 5))):
            self.setUp()
            for name, data in kept:
                self.lives.remember(name, data)
            self.assertEqual(len(list(self.lives.memory())), len(kept))
            if alive:
                self.hear("x", 6)
            self.lives.settle()
            self.assertEqual(self.carried(), expected)
            self.lives.settle()
            self.assertEqual(self.carried(), expected)

    def test_odd(self) -> None:
        """What is no life is left out by who reads the file."""
        for name, data in (("x", {}), ("x a", {"type": "tcp"}), ("x", {"day": "no"})):
            self.assertRaises((KeyError, ValueError, TypeError), self.lives.remember, name, data)

    def test_absorbed(self) -> None:
        """One that is here stays as it is, and has the sum; one that has become another type does not."""
        self.begin("a").carried(1, 1)
        self.begin("b", "http")
        record = self.record("a", self.figures(5, 5, age=1), online=True)
        self.statistics.absorb([record, self.record("b", self.figures(9, 9))])
        own = self.statistics.find("a")
        assert own is not None
        self.assertEqual((own.online, own.meter.bytesIn, own.meter.figures.daysIn[:3]), (True, 6, [1, 5, 0]))
        other = self.statistics.find("b")
        assert other is not None
        self.assertEqual((other.type, other.meter.bytesIn), ("http", 0))


class MergingTests(WorkerCase):
    """One list from several."""

    def test_mirrored(self) -> None:
        """What users carry who come to another worker than the client counts for the proxy, and is none by itself."""
        meter = self.statistics.meter("a", "http")
        self.statistics.mirrors("a", "http", meter)
        self.assertEqual(list(self.statistics.live()), [])
        meter.carried(3, 4)
        (bare,) = self.statistics.live()
        home = self.record("a", self.figures(10, 10, age=1), online=True, kind="http")
        sum = RecordSum(self.statistics.day)
        for one in (bare, home):
            sum.add(one)
        (found,) = sum.all()
        self.assertTrue(found.online)
        self.assertEqual((found.meter.bytesIn, found.meter.figures.daysIn[:2]), (13, [3, 10]))
        alone = RecordSum(self.statistics.day)
        alone.add(bare)
        self.assertEqual(list(alone.all()), [])
        self.assertEqual(self.statistics.records(), [])

    def test_sweep(self) -> None:
        """It is forgotten when the proxy is not open any more, and nothing was carried for a week."""
        meter = self.statistics.meter("a", "http")
        self.statistics.mirrors("a", "http", meter)
        meter.carried(3, 4)
        for closed, left in ((False, 1), (True, 0)):
            if closed:
                self.statistics.mirrored("a")
            self.clock.advance(8 * DAY)
            self.begin("b")
            self.assertEqual(len([one for one in self.statistics.live() if one.name == "a"]), left)

    def test_today(self) -> None:
        """What was told yesterday is yesterday's."""
        sum = RecordSum(self.statistics.day)
        sum.add(self.record("a", self.figures(5, 6, age=1)))
        (found,) = sum.all()
        self.assertEqual(found.meter.today, (0, 0))
        self.assertEqual(found.meter.figures.daysIn[1], 5)

    def test_seen(self) -> None:
        """A client is where it is now, and was first seen where it was first."""
        sum = SeenSum()
        sum.add("worker 1", seen("c", 10, left=20))
        sum.add("worker 2", seen("c", 5))
        sum.add("worker 1", seen("b", 1))
        self.assertEqual([one.key for one in sum.all()], ["b", "c"])
        found = sum.find("c")
        assert found is not None
        self.assertEqual(attrs.astuple(found), attrs.astuple(attrs.evolve(seen("c", 5), node="worker 2")))
        sum.add("worker 3", seen("b", 7))
        last = sum.find("b")
        assert last is not None
        self.assertEqual((last.node, last.firstAt, last.lastAt), ("worker 3", 1, 7))
