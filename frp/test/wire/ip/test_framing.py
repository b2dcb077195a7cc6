"""Packets on a stream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.ip.samples import RECORDED
from frp.test.wire.strategies import cut, pieces
from frp.wire.ip.framing import MOST, PacketReader, framed


class FramingTests(SynchronousTestCase):
    """Lengths and packets."""

    def test_bytes(self) -> None:
        """Four bytes, the lowest first, stand before each packet."""
        self.assertEqual(framed([b"\x45abc", b"x" * 0x102]), b"\4\0\0\0\x45abc" + b"\2\1\0\0" + b"x" * 0x102)

    def test_recorded(self) -> None:
        """What the reference has written is read, and written the same."""
        (packet,) = PacketReader().receive(RECORDED)
        self.assertEqual((packet[:2], packet[-5:]), (b"\x45\0", b"hello"))
        self.assertEqual(framed([packet]), RECORDED)

    @given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), cut())
    def test_cut(self, sent: list[bytes], marks: list[int]) -> None:
        """However the stream is cut, the same packets come."""
        reader = PacketReader()
        parts = pieces(framed(sent), marks)
        self.assertEqual([packet for part in parts for packet in reader.receive(part)], sent)

    def test_longest(self) -> None:
        """A packet of 1 MiB is one, and nothing comes before it is whole."""
        reader = PacketReader()
        self.assertEqual(reader.receive(b"\0\0\x10\0" + bytes(MOST - 1)), [])
        self.assertEqual(reader.receive(b"\1\1"), [bytes(MOST - 1) + b"\1"])

    def test_lengths(self) -> None:
        """No packet has no byte, or more than 1 MiB; it is known as soon as the length is."""
        for length in (b"\0\0\0\0", b"\1\0\x10\0", b"\xff\xff\xff\xff"):
            reader = PacketReader()
            self.assertEqual(reader.receive(b"\1\0\0\0x" + length[:3]), [b"x"])
            with self.assertRaises(RemoteWireError) as caught:
                reader.receive(length[3:])
            self.assertIn("it has 1 to 1048576", caught.exception.detail)
