"""Parity, and what is made of it."""

from __future__ import annotations

from itertools import combinations
from random import Random
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from frp.wire.kcp.reedsolomon import parity, recover


class ParityTests(TestCase):
    """The bytes of klauspost/reedsolomon."""

    def test_known(self) -> None:
        """One byte in each shard: 1 to 10."""
        self.assertEqual(parity([bytes([n]) for n in range(1, 11)]), [b"\x45", b"\xf2", b"\x12"])

    def test_rows(self) -> None:
        """A shard that is alone shows its column of the code."""
        shards = [b"\x01"] + [b"\x00"] * 9
        self.assertEqual(parity(shards), [b"\x81", b"\x96", b"\xbf"])
        self.assertEqual(parity(shards[::-1]), [b"\x02", b"\x03", b"\x04"])

    def test_lengths(self) -> None:
        """Shorter shards count as if zeros followed."""
        shards = [bytes([n]) * n for n in range(1, 11)]
        self.assertEqual(parity(shards), parity([shard.ljust(10, b"\x00") for shard in shards]))
        self.assertEqual([len(shard) for shard in parity(shards)], [10, 10, 10])


class RecoverTests(TestCase):
    """Whatever three are lost."""

    def test_all(self) -> None:
        """Every choice of three out of thirteen can be made good."""
        shards = [Random(n).randbytes(40) for n in range(10)]
        whole = dict(enumerate(shards + parity(shards)))
        for lost in combinations(range(13), 3):
            data = [place for place in lost if place < 10]
            here = {place: shard for place, shard in whole.items() if place not in lost}
            for place in list(here)[::-1][: sum(place >= 10 for place in here) - len(data)]:
                del here[place]
            if data:
                self.assertEqual(recover(here, data), [shards[place] for place in data])

    @given(
        st.lists(st.binary(max_size=60), min_size=10, max_size=10), st.sets(st.integers(0, 9), min_size=1, max_size=3)
    )
    def test_lengths(self, shards: list[bytes], lost: set[int]) -> None:
        """What comes back is as long as the longest, with zeros behind."""
        if not any(shards):
            return
        checks = parity(shards)
        here = {place: shard for place, shard in enumerate(shards) if place not in lost}
        here.update({10 + n: checks[n] for n in range(len(lost))})
        size = len(checks[0])
        self.assertEqual(recover(here, sorted(lost)), [shards[n].ljust(size, b"\x00") for n in sorted(lost)])
