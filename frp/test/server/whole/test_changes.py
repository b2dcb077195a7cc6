"""Which proxies another worker is told of, and what it makes of that."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.server.meters import DailyMeter
from frp.server.statistics import Statistics
from frp.server.whole import changes
from frp.server.whole.changes import Changes, News
from frp.server.whole.lives import Life
from frp.wire.messages import NewProxy


class ChangesTests(SynchronousTestCase):
    """The proxies of one worker, and another one that asks for them."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.statistics = Statistics(self.clock, keep=True)
        self.changes = Changes(self.statistics)
        self.life = Life("it")
        self.meters = {name: self.begin(name) for name in "abc"}

    def begin(self, name: str) -> DailyMeter:
        """A client brings a proxy."""
        meter = self.statistics.meter(name, "tcp")
        self.statistics.began(NewProxy(proxy_name=name), meter, user="", clientID="", address="")
        return meter

    def look(self) -> list[str]:
        """@return: the names of those that were told, after which the other one knows all of them."""
        told = list(self.changes.since(self.life.version))
        self.life.hear(told)
        self.know()
        return [one.name for one in told if not isinstance(one, News)]

    def know(self) -> None:
        """The other one knows how they are."""
        known = {name: one.meter.figures for name, one in self.life.records.items()}
        self.assertEqual(known, {one.name: one.meter.figures for one in self.statistics.records()})

    def test_new(self) -> None:
        """All at first; then those that have carried something, have come or have gone."""
        self.assertEqual(self.look(), ["a", "b", "c"])
        self.assertEqual(self.look(), [])
        self.meters["b"].carried(1, 2)
        self.assertEqual(self.look(), ["b"])
        self.begin("d")
        self.statistics.ended("a")
        self.assertEqual(self.look(), ["a", "d"])
        self.assertFalse(self.life.records["a"].online)
        self.clock.advance(86400)
        self.assertEqual(self.look(), ["a", "b", "c", "d"])

    def test_gone(self) -> None:
        """What is forgotten is told the next time but one, and what comes back is told."""
        self.look()
        self.statistics.ended("a")
        self.statistics.forget()
        self.life.hear(self.changes.since(self.life.version))
        self.assertEqual(self.look(), [])
        self.begin("a")
        self.assertEqual(self.look(), ["a"])

    def test_manyGone(self) -> None:
        """Where too many are gone all is told anew."""
        self.patch(changes, "_MOST_GONE", 1)
        self.look()
        for name in "ab":
            self.statistics.ended(name)
        self.statistics.forget()
        self.life.hear(self.changes.since(self.life.version))
        self.assertEqual(self.look(), ["c"])

    def test_together(self) -> None:
        """Two that ask at the same time both hear, then or the next time, what is changed meanwhile."""
        self.look()
        first, other = self.changes.since(self.life.version), Life("it", version=self.life.version)
        other.records = dict(self.life.records)
        begun = [next(first), *[one for one in [next(first, None)] if one is not None]]
        second = list(self.changes.since(other.version))
        self.meters["c"].carried(1, 1)
        self.life.hear([*begun, *first])
        other.hear(second)
        self.assertEqual(self.look(), ["c"])
        other.hear(self.changes.since(other.version))
        self.assertEqual(other.records["c"].meter.bytesIn, 1)

    def test_written(self) -> None:
        """What somebody has written of one is there as long as it is the same."""
        self.look()
        self.life.records["a"].shown = "written"
        self.meters["a"].carried(1, 1)
        self.look()
        self.assertEqual(self.life.records["a"].shown, "written")
        self.statistics.ended("a")
        self.look()
        self.assertIsNone(self.life.records["a"].shown)
