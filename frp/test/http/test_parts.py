"""The small parts of the engine: queries, time-outs, packed bodies."""

from __future__ import annotations

import gzip
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Refused, RemoteWireError
from frp.http.gunzip import Gunzip
from frp.http.query import MAX_PARAMETERS, cleanTarget
from frp.http.rewriting import configuredFields
from frp.session.deadline import Deadline


class QueryTests(SynchronousTestCase):
    """Queries that others would read in another way."""

    def test_clean(self) -> None:
        """What is clear stays as it was written."""
        for target in (b"/", b"/?", b"/?a", b"/?b=1&a=%41&&=", b"/a;b?c=d", b"*", b"/?a=\xff&b=+"):
            self.assertEqual(cleanTarget(target), target)

    def test_cleaned(self) -> None:
        """What is doubtful goes, and the rest is sorted by name and written anew; as Go does it."""
        for target, cleaned in (
            (b"/x?b=2;c=3&a=1", b"/x?a=1"),
            (b"/?b=x+y&b=%7e&a=%zz", b"/?b=x+y&b=~"),
            (b"/?%=1", b"/"),
            (b"/?;", b"/"),
            (b"/?a&&b=/&c=%", b"/?a=&b=%2F"),
            (b"/?a=1%2", b"/"),
        ):
            self.assertEqual(cleanTarget(target), cleaned, target)

    def test_many(self) -> None:
        """Nobody means ten thousand parameters."""
        self.assertEqual(cleanTarget(b"/?" + b"a&" * MAX_PARAMETERS), b"/")

    def test_path(self) -> None:
        """What cannot stand in a path is escaped, and what is escaped stays as it is; queries may hold it."""
        for path, cleaned in (
            (b"/a|b^c`d{e}?x=|^`{}", b"/a%7Cb%5Ec%60d%7Be%7D?x=|^`{}"),
            (b'/"<>\\b#c', b"/%22%3C%3E%5Cb%23c"),
            (b"/\xc3\xa9%2F%7c?\xc3\xa9", b"/%C3%A9%2F%7c?\xc3\xa9"),
            (b"/|?a;b&c", b"/%7C?c="),
            (b"/~a-b_c.d!$&'()*+,;=:@[]//../", b"/~a-b_c.d!$&'()*+,;=:@[]//../"),
            (b"*", b"*"),
        ):
            self.assertEqual(cleanTarget(path), cleaned)

    @given(st.binary(max_size=50))
    def test_again(self, query: bytes) -> None:
        """What is clean stays clean, whatever it was."""
        once = cleanTarget(b"/?" + query.replace(b" ", b""))
        self.assertEqual(cleanTarget(once), once)


class DeadlineTests(SynchronousTestCase):
    """One time-out after the other."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.expired: list[float] = []
        self.deadline = Deadline(self.clock, lambda: self.expired.append(self.clock.seconds()))

    def pass_(self, seconds: int) -> None:
        """Let time pass, second by second."""
        self.clock.pump([1] * seconds)

    def test_moved(self) -> None:
        """What is moved comes when it was last said, once; earlier ones come to the second, too."""
        self.deadline.wait(10)
        self.pass_(5)
        self.deadline.wait(10)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.pass_(20)
        self.assertEqual(self.expired, [15])
        self.deadline.wait(100)
        self.deadline.wait(5)
        self.pass_(200)
        self.assertEqual(self.expired, [15, 30])

    def test_rest(self) -> None:
        """Nothing comes while nothing is waited for, nor after it was stopped."""
        self.deadline.wait(10)
        self.deadline.rest()
        self.pass_(20)
        self.deadline.wait(10)
        self.deadline.stop()
        self.deadline.wait(10)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.pass_(20)
        self.assertEqual(self.expired, [])


class GunzipTests(SynchronousTestCase):
    """Packed bodies."""

    @given(st.lists(st.binary(max_size=200), min_size=1, max_size=3), st.lists(st.integers(0, 700), max_size=5))
    def test_cuts(self, parts: list[bytes], cuts: list[int]) -> None:
        """Any cut of any files, one behind the other, gives the same bytes."""
        packed = b"".join(map(gzip.compress, parts))
        pieces: list[bytes] = []
        gunzip = Gunzip(pieces.append)
        places = sorted({0, len(packed), *(cut % len(packed) for cut in cuts)})
        for begin, end in pairwise(places):
            gunzip.receive(packed[begin:end])
        gunzip.end()
        self.assertEqual(b"".join(pieces), b"".join(parts))

    @given(st.binary(min_size=1, max_size=200))
    def test_junk(self, junk: bytes) -> None:
        """Junk is refused in the terms of the wire, and nothing else is raised."""
        gunzip = Gunzip(lambda data: None)
        try:
            gunzip.receive(junk)
            gunzip.end()
        except RemoteWireError:
            pass

    def test_held(self) -> None:
        """What swells up is made piece by piece, while it is wanted."""
        pieces: list[bytes] = []

        def write(data: bytes) -> None:
            pieces.append(data)
            gunzip.paused = len(pieces) % 2 == 0

        gunzip = Gunzip(write)
        gunzip.receive(gzip.compress(bytes(1_000_000)))
        self.assertEqual(len(pieces), 2)
        self.assertTrue(gunzip.waiting)
        while gunzip.waiting:
            gunzip.paused = False
            gunzip.receive(b"")
        gunzip.end()
        self.assertEqual(b"".join(pieces), bytes(1_000_000))


class FieldsTests(SynchronousTestCase):
    """Fields that a configuration sets."""

    def test_fixed(self) -> None:
        """What frames a message cannot be set; the rest is as it was written."""
        fields = configuredFields({"Host": "x", "content-length": "1", "X-A": " b "}, "headers")
        self.assertEqual(fields.pairs, [(b"X-A", b"b")])

    def test_bad(self) -> None:
        """What would break the message is refused, with its place."""
        for name, value in (("a b", "c"), ("", "c"), ("a", "b\r\nc: d"), ("a", "b\0"), ("a:", "b"), ("a\r\nb", "c")):
            error = self.assertRaises(Refused, configuredFields, {name: value}, "headers")
            self.assertTrue(error.brief.startswith("headers: "))
