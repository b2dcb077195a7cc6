"""Ports, bandwidths, names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.config.values import (
    ANNOTATIONS_LIMIT,
    Bandwidth,
    PortRange,
    annotationsProblem,
    numbers,
    portRanges,
    qualifiedNameProblems,
    quoted,
    rangesText,
)


class PortRangeTests(SynchronousTestCase):
    """Ranges of ports."""

    def test_text(self) -> None:
        """Flags and old files write ranges as a text."""
        found = portRanges(" 1000-2000, 3000")
        self.assertEqual(found, [PortRange(start=1000, end=2000), PortRange(single=3000)])
        self.assertEqual(rangesText(found), "1000-2000,3000")
        self.assertEqual(list(found[1].ports()), [3000])
        self.assertEqual(len(found[0].ports()), 1001)

    def test_bad(self) -> None:
        """What is no range says so in the reference's words."""
        for text, words in (
            ("3-1", "range number is invalid"),
            ("1-2-3", "range number is invalid"),
            ("", 'range number is invalid, strconv.ParseInt: parsing "": invalid syntax'),
            ("a", 'range number is invalid, strconv.ParseInt: parsing "a": invalid syntax'),
            ("9" * 19, f'range number is invalid, strconv.ParseInt: parsing "{"9" * 19}": value out of range'),
        ):
            self.assertEqual(str(self.assertRaises(ValueError, portRanges, text)), words)

    def test_numbers(self) -> None:
        """A range stands for its numbers, but not for all there are."""
        self.assertEqual(numbers("1-3,7"), [1, 2, 3, 7])
        self.assertRaises(ValueError, numbers, "1-9999999999")
        self.assertRaises(ValueError, numbers, ",".join(["1-60000"] * 2))

    @given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted), min_size=1, max_size=5))
    def test_roundTrip(self, bounds: list[list[int]]) -> None:
        """A text of ranges reads as what was written."""
        ranges = [PortRange(start=a, end=b) for a, b in bounds]
        self.assertEqual(portRanges(rangesText(ranges)), ranges)

    @given(st.text(alphabet="0123456789-, +x", max_size=12))
    def test_junk(self, text: str) -> None:
        """Any text is a range or a ValueError."""
        try:
            portRanges(text)
        except ValueError:
            return


class BandwidthTests(SynchronousTestCase):
    """Bytes per second."""

    def test_units(self) -> None:
        """Both units, and fractions; the text is kept."""
        self.assertEqual(Bandwidth.parse(" 1.5MB "), Bandwidth("1.5MB", 1572864))
        self.assertEqual(Bandwidth.parse("10KB").bytesPerSecond, 10240)
        self.assertFalse(Bandwidth.parse(""))

    def test_huge(self) -> None:
        """A number that is one, and has no end only in bytes, is the most that there can be."""
        self.assertEqual(Bandwidth.parse("1e308MB").bytesPerSecond, (1 << 63) - 1)
        self.assertEqual(Bandwidth.parse("-1e308MB").bytesPerSecond, 1 - (1 << 63))

    def test_bad(self) -> None:
        """What is none says so in the reference's words."""
        for text, words in (
            ("1GB", "unit not support"),
            ("1mb", "unit not support"),
            ("1 MB", 'strconv.ParseFloat: parsing "1 ": invalid syntax'),
            ("1e400MB", 'strconv.ParseFloat: parsing "1e400": value out of range'),
            ("-1e400MB", 'strconv.ParseFloat: parsing "-1e400": value out of range'),
        ):
            self.assertEqual(str(self.assertRaises(ValueError, Bandwidth.parse, text)), words)

    @given(st.text(alphabet="0123456789.eE+-_ kKmMB", max_size=10))
    def test_junk(self, text: str) -> None:
        """Any text is a bandwidth that reads itself again, or a ValueError."""
        try:
            found = Bandwidth.parse(text)
        except ValueError:
            return
        self.assertEqual(Bandwidth.parse(str(found)), found)


class NameTests(SynchronousTestCase):
    """Names of annotations."""

    def test_good(self) -> None:
        """Names as Kubernetes takes them."""
        for name in ("a", "my.name", "example.com/My_Name", "1-a"):
            self.assertEqual(qualifiedNameProblems(name), [])

    def test_bad(self) -> None:
        """All that is wrong with a name, at once."""
        self.assertEqual(qualifiedNameProblems("/a"), ["prefix part must be non-empty"])
        self.assertEqual(qualifiedNameProblems("a" * 64), ["name part must be no more than 63 characters"])
        self.assertEqual(len(qualifiedNameProblems("A/")), 3)
        self.assertEqual(len(qualifiedNameProblems("a/b/c")), 1)

    def test_size(self) -> None:
        """Annotations travel with every registration, so they have a limit."""
        self.assertEqual(annotationsProblem({"a": "x" * (ANNOTATIONS_LIMIT - 1)}), "")
        size = f"annotations size {ANNOTATIONS_LIMIT + 1} is larger than limit {ANNOTATIONS_LIMIT}"
        self.assertEqual(annotationsProblem({"a": "x" * ANNOTATIONS_LIMIT}), size)


class QuotedTests(SynchronousTestCase):
    """Texts in messages."""

    def test_escapes(self) -> None:
        """A message stays one line and readable."""
        self.assertEqual(quoted('a"\\\n\x00é\u2028'), '"a\\"\\\\\\n\\x00é\\u2028"')
