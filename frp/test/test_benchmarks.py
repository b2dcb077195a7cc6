"""The arithmetic of the speed table."""

from __future__ import annotations

import importlib.util
import os
import unittest
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

if importlib.util.find_spec("benchmarks") is None:
    raise unittest.SkipTest("only a source tree has the benchmarks")

from benchmarks.peers import FRP, Implementation, inCheckout
from benchmarks.rows import ROWS
from benchmarks.settings import Proxy
from benchmarks.table import Better, Figure, Ratio, Results, Spread, compare, percentile

RATE = Figure("rate", "one stream", "MB/s", Better.MORE)
DELAY = Figure("delay", "round trip", "us", Better.LESS)


class SpreadTests(SynchronousTestCase):
    """What many runs of one figure come to."""

    def test_oddCount(self) -> None:
        """The median of an odd number of runs is the one in the middle, whatever their order."""
        self.assertEqual(Spread.of([9.0, 1.0, 4.0]), Spread(1.0, 4.0, 9.0))

    def test_evenCount(self) -> None:
        """The median of an even number of runs lies between the two in the middle."""
        self.assertEqual(Spread.of([1.0, 2.0, 4.0, 9.0]), Spread(1.0, 3.0, 9.0))

    def test_noRun(self) -> None:
        """No run has no median; it is not nought."""
        self.assertRaises(ValueError, Spread.of, [])


class CompareTests(SynchronousTestCase):
    """How one pair stands beside another."""

    def test_ratioOfMedians(self) -> None:
        """The value divides median by median; the range is that of runs which stood beside each other."""
        self.assertEqual(compare([10.0, 20.0, 60.0], [10.0, 10.0, 20.0]), Ratio(2.0, 1.0, 3.0))

    def test_same(self) -> None:
        """A pair beside itself is at one."""
        self.assertEqual(compare([3.0, 4.0], [3.0, 4.0]), Ratio(1.0, 1.0, 1.0))

    def test_nothingToCompare(self) -> None:
        """Where one side has no run there is no ratio."""
        self.assertIsNone(compare([], [1.0]))
        self.assertIsNone(compare([1.0], []))

    def test_nought(self) -> None:
        """Nothing is divided by nought: a program may well use no CPU while it rests."""
        self.assertIsNone(compare([1.0, 1.0], [0.0, 1.0]))


class PercentileTests(SynchronousTestCase):
    """Nearest rank."""

    def test_ranks(self) -> None:
        """Of a hundred values the ninety-ninth is p99, the fiftieth p50."""
        values = [float(value) for value in range(1, 101)]
        self.assertEqual([percentile(values, share) for share in (0.5, 0.99, 1.0)], [50.0, 99.0, 100.0])

    def test_few(self) -> None:
        """Of few values p99 is the highest, and no share falls off either end."""
        self.assertEqual(percentile([1.0, 2.0, 3.0], 0.99), 3.0)
        self.assertEqual(percentile([1.0, 2.0, 3.0], 0.0), 1.0)

    def test_none(self) -> None:
        """No value has no percentile."""
        self.assertRaises(ValueError, percentile, [], 0.5)


class ResultsTests(SynchronousTestCase):
    """The table that people read, and the data that programs read."""

    def results(self) -> Results:
        """Two pairs, one of which failed in one row."""
        results = Results(("ours+ours", "go+go"))
        for ours, go, direct in ((200.0, 100.0, 5000.0), (300.0, 100.0, 6000.0)):
            results.add(RATE, "direct", direct)
            results.add(RATE, "ours+ours", ours)
            results.add(RATE, "go+go", go)
        results.miss(DELAY, "ours+ours", "frpc ended with 1")
        results.add(DELAY, "go+go", 91.64)
        return results

    def test_markdown(self) -> None:
        """A row has the ceiling, each pair and each ratio; a failure stands in its cell, its reason below the table."""
        self.assertEqual(
            self.results().markdown().splitlines(),
            [
                "| row | unit | better | direct | ours+ours | go+go | ours+ours / go+go |",
                "| --- | --- | --- | ---: | ---: | ---: | ---: |",
                "| one stream | MB/s | more | 5,500 (5,000..6,000) | 250 (200..300) | 100 (100..100) "
                "| **2.50** (2.00..3.00) |",
                "| round trip | us | less |  | missing | 91.6 (91.6..91.6) |  |",
                "",
                "Missing or incomplete:",
                "",
                "- ours+ours, delay: frpc ended with 1",
            ],
        )

    def test_data(self) -> None:
        """The data has every run, so that anyone can do the arithmetic again."""
        rate, delay = self.results().data()
        self.assertEqual(rate["key"], "rate")
        self.assertEqual(
            rate["columns"],
            {
                "direct": {"runs": [5000.0, 6000.0], "min": 5000.0, "median": 5500.0, "max": 6000.0},
                "ours+ours": {"runs": [200.0, 300.0], "min": 200.0, "median": 250.0, "max": 300.0, "ratio": 2.5},
                "go+go": {"runs": [100.0, 100.0], "min": 100.0, "median": 100.0, "max": 100.0},
            },
        )
        self.assertEqual(
            delay["columns"],
            {
                "direct": {"runs": []},
                "ours+ours": {"runs": [], "missing": "frpc ended with 1"},
                "go+go": {"runs": [91.64], "min": 91.64, "median": 91.64, "max": 91.64},
            },
        )


class RowsTests(SynchronousTestCase):
    """What can be measured."""

    def test_keys(self) -> None:
        """No two rows, and no two figures, have one name."""
        for keys in ([row.key for row in ROWS], [figure.key for row in ROWS for figure in row.figures]):
            self.assertEqual(sorted(set(keys)), sorted(keys))

    def test_explained(self) -> None:
        """The page about the table says of each row what is done."""
        page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
        self.assertEqual([row.key for row in ROWS if f"`{row.key}`" not in page], [])


class ProxyTests(SynchronousTestCase):
    """What a proxy is in configurations."""

    def test_visited(self) -> None:
        """One that is visited has no port of the server, and a table for its visitor."""
        proxy = Proxy("hole", "echo", type="xtcp", visitor=('protocol = "kcp"',))
        self.assertEqual(
            proxy.lines({"echo": 7}, Path("files"), 80),
            ["[[proxies]]", 'name = "hole"', 'type = "xtcp"', "localPort = 7"],
        )
        self.assertEqual(
            proxy.visitorLines(80),
            [
                "[[visitors]]",
                'name = "hole-visitor"',
                'type = "xtcp"',
                'protocol = "kcp"',
                'serverName = "hole"',
                "bindPort = 80",
            ],
        )


class EnvironmentTests(SynchronousTestCase):
    """What programs find around them."""

    def environment(self, **told: bool) -> dict[str, str]:
        self.patch(os, "environ", {"PATH": "/bin", "PYTHONPATH": "/theirs", "PYTHONDONTWRITEBYTECODE": "1"})
        return Implementation("some", {}, FRP(), **told).environment()

    def test_installed(self) -> None:
        """Its own code and no other, compiled once."""
        self.assertEqual({"PATH": "/bin", "PYTHONPATH": "/theirs"}, self.environment())

    def test_checkout(self) -> None:
        """What is not installed is that of the checkout."""
        found = self.environment(installed=False)
        self.assertEqual(inCheckout()["PYTHONPATH"], found["PYTHONPATH"])
        self.assertTrue(found["PYTHONPATH"].endswith(f"{os.pathsep}/theirs"))
        self.assertTrue(Path(found["PYTHONPATH"].split(os.pathsep)[0], "benchmarks").is_dir())
