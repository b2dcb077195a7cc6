"""Shards on the wire, and making lost ones good."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from frp.wire.kcp.shards import MEMORY, ShardReader, ShardWriter


def body(segments: bytes) -> bytes:
    """With its size."""
    return (len(segments) + 2).to_bytes(2, "little") + segments


def feed(reader: ShardReader, datagrams: list[bytes]) -> list[bytes]:
    """@return: all that the reader makes good, while these come one by one."""
    found = []
    for datagram in datagrams:
        number = int.from_bytes(datagram[:4], "little")
        if number == reader.expected:
            reader.expected += 1
        else:
            reader.skipped(number)
        reader.came(datagram, len(datagram))
        found += reader.recovered()
    return found


class WriterTests(TestCase):
    """Datagrams with numbers, types and sizes."""

    def test_bytes(self) -> None:
        """Ten of data, then three of parity, which are as long as the longest."""
        made = ShardWriter().write([body(bytes([n])) for n in range(1, 11)])
        self.assertEqual(made[0].hex(), "00000000f100030001")
        self.assertEqual(made[9].hex(), "09000000f10003000a")
        # 3, the low byte of all sizes, times the sums of the rows; then zeros; then what 1 to 10 give.
        self.assertEqual([each.hex() for each in made[10:]], [
            "0a000000f200" + "03" + "00" + "45",
            "0b000000f200" + "03" + "00" + "f2",
            "0c000000f200" + "03" + "00" + "12",
        ])  # fmt: skip

    def test_alignment(self) -> None:
        """Groups go on over calls."""
        writer = ShardWriter()
        made = [each for n in range(26) for each in writer.write([body(b"%d" % n)])]
        self.assertEqual([int.from_bytes(each[:4], "little") for each in made], list(range(32)))
        self.assertEqual([n for n, each in enumerate(made) if each[4] == 0xF2], [10, 11, 12, 23, 24, 25])

    def test_wrap(self) -> None:
        """Numbers begin anew at a multiple of thirteen."""
        writer = ShardWriter()
        writer._next = 0xFFFFFFFF // 13 * 13 - 13
        made = writer.write([body(b"x")] * 11)
        self.assertEqual(int.from_bytes(made[12][:4], "little"), 0xFFFFFFFF // 13 * 13 - 1)
        self.assertEqual(int.from_bytes(made[13][:4], "little"), 0)


class ReaderTests(TestCase):
    """What is lost comes back."""

    @given(st.sets(st.integers(0, 12), min_size=1, max_size=3), st.permutations(range(13)))
    def test_three(self, lost: set[int], order: list[int]) -> None:
        """Up to three of thirteen, in whatever order the others come; each once."""
        texts = [b"%d" % n * (n + 1) for n in range(10)]
        writer = ShardWriter()
        before = writer.write([body(b"before")] * 10)
        group = writer.write([body(text) for text in texts])
        reader = ShardReader()
        feed(reader, before)
        found = feed(reader, [group[n] for n in order if n not in lost])
        for n in lost:
            if n < 10:
                self.assertEqual(found.count(texts[n]), 1)

    def test_four(self) -> None:
        """Four are too many, and nothing is made up."""
        group = ShardWriter().write([body(b"%d" % n) for n in range(10)])
        self.assertEqual(feed(ShardReader(), group[4:]), [])

    def test_shifted(self) -> None:
        """Where the reference has left out parity, groups begin elsewhere; that shows in the types."""
        first = ShardWriter().write([body(b"%d" % n) for n in range(10)])[:10]
        writer = ShardWriter()
        writer._next = 10
        second = writer.write([body(b"second %d" % n) for n in range(10)])
        self.assertEqual(feed(ShardReader(), first + second[:4] + second[5:]), [b"second 4"])

    def test_shiftedBlind(self) -> None:
        """Where it cannot be seen, nothing is made up of shards of two groups."""
        first = ShardWriter().write([body(b"%d" % n) for n in range(10)])[:10]
        writer = ShardWriter()
        writer._next = 10
        second = writer.write([body(b"second %d" % n) for n in range(10)])
        for piece in feed(ShardReader(), first[:9] + second[2:9] + second[10:]):
            self.assertTrue(piece.startswith(b"second"))

    def test_replayed(self) -> None:
        """The same parity again gives nothing twice."""
        group = ShardWriter().write([body(b"%d" % n) for n in range(10)])
        reader = ShardReader()
        self.assertEqual(feed(reader, group[1:]), [b"0"])
        self.assertEqual(feed(reader, group[1:] * 3), [])

    def test_forged(self) -> None:
        """Parity that somebody has made up gives nothing with an impossible size, and ends nothing."""
        group = ShardWriter().write([body(b"%d" % n) for n in range(10)])
        forged = group[10][:6] + b"\xff" * 300
        reader = ShardReader()
        self.assertEqual(feed(reader, [*group[1:10], forged]), [])

    @given(st.lists(st.binary(min_size=8, max_size=40), max_size=60))
    def test_junk(self, datagrams: list[bytes]) -> None:
        """Whatever comes, no more is kept than the newest shards."""
        reader = ShardReader()
        feed(reader, datagrams)
        self.assertLessEqual(len(reader._recent), MEMORY + 1)
        self.assertLessEqual(len(reader._missing), MEMORY)
