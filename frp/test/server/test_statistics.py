"""Tests of what is remembered of proxies."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.server.meters import DailyMeter
from frp.server.statistics import Statistics
from frp.wire.messages import NewProxy

DAY = 24 * 3600


class StatisticsTests(SynchronousTestCase):
    """Records of proxies, by name."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.statistics = Statistics(self.clock, keep=True)

    def begin(self, name: str = "a", kind: str = "tcp") -> DailyMeter:
        """A client brings a proxy."""
        meter = self.statistics.meter(name, kind)
        self.statistics.began(NewProxy(proxy_name=name, proxy_type=kind), meter, user="", clientID="", address=":6000")
        return meter

    def names(self) -> list[str]:
        """The proxies that are remembered."""
        return [record.name for record in self.statistics.records()]

    def test_sums(self) -> None:
        """What one proxy carries counts for the whole server as well."""
        for name in ("b", "a"):
            meter = self.begin(name)
            meter.opened()
            meter.opened()
            meter.closed(1, 2)
            meter.carried(10, 20)
        whole = self.statistics.whole
        self.assertEqual((whole.current, whole.total, whole.bytesIn, whole.bytesOut), (2, 4, 22, 44))
        self.assertEqual((whole.daysIn[0], whole.daysOut[0]), (22, 44))
        self.assertEqual(self.names(), ["a", "b"])

    def test_days(self) -> None:
        """Each day has its own sum; what is older than a week is dropped."""
        meter = self.begin()
        for amount in range(1, 9):
            meter.carried(amount, 0)
            self.clock.advance(DAY)
        self.assertEqual(meter.daysIn, [0, 8, 7, 6, 5, 4, 3])
        self.clock.advance(100 * DAY)
        self.assertEqual(meter.daysIn, [0] * 7)
        self.assertEqual(meter.bytesIn, 36)

    def test_clockGoesBack(self) -> None:
        """A clock that is set back does not lose what was counted."""
        meter = self.begin()
        meter.carried(1, 0)
        self.clock.rightNow -= 3 * DAY
        meter.carried(1, 0)
        self.assertEqual(meter.daysIn[0], 2)

    def test_lateUser(self) -> None:
        """Users that outlive the proxy count, also when it is back already."""
        old = self.begin()
        old.opened()
        self.statistics.ended("a")
        self.assertIs(self.begin(), old)
        old.closed(1, 1)
        self.assertEqual((old.current, old.bytesIn), (0, 1))

    def test_otherType(self) -> None:
        """A name that comes back with another type begins anew."""
        self.begin().carried(1, 1)
        self.statistics.ended("a")
        self.assertEqual(self.begin(kind="udp").bytesIn, 0)
        self.assertEqual(self.statistics.types, {"tcp": 0, "udp": 1})

    def test_refused(self) -> None:
        """A proxy that is not opened leaves no trace."""
        self.statistics.meter("a", "tcp")
        self.assertEqual(self.names(), [])

    def test_forget(self) -> None:
        """A proxy that has been gone for a week is forgotten when another one comes; what is there never is."""
        self.begin("here")
        self.begin("gone")
        self.statistics.ended("gone")
        self.clock.advance(6 * DAY)
        self.begin("b")
        self.assertEqual(self.names(), ["b", "gone", "here"])
        self.clock.advance(2 * DAY)
        self.begin("c")
        self.assertEqual(self.names(), ["b", "c", "here"])

    def test_notKept(self) -> None:
        """Where no page shows them, proxies that are gone take no memory."""
        self.statistics = Statistics(self.clock, keep=False)
        self.begin().carried(1, 2)
        self.statistics.ended("a")
        self.assertEqual((self.names(), self.statistics.whole.bytesIn), ([], 1))
