"""Addresses of packets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.ip.samples import RECORDED, packet
from frp.wire.ip.header import destination, isMulticast, source

FOUR = packet("100.86.0.2", "100.86.0.1")
SIX = packet("fd00::2", "fd00::1")


class HeaderTests(SynchronousTestCase):
    """Both addresses, or nothing."""

    def test_recorded(self) -> None:
        """Those of a packet that a kernel has made."""
        self.assertEqual((source(RECORDED[4:]), destination(RECORDED[4:])), (b"\x64\x56\0\x02", b"\x64\x56\0\x01"))

    def test_version6(self) -> None:
        """Those of IPv6 have sixteen bytes."""
        self.assertEqual((source(SIX), destination(SIX)), (b"\xfd" + bytes(14) + b"\2", b"\xfd" + bytes(14) + b"\1"))

    def test_options(self) -> None:
        """A header of IPv4 with options is whole only with them."""
        long = b"\x46" + FOUR[1:]
        self.assertEqual(destination(long), b"")
        self.assertEqual(destination(long + bytes(4)), b"\x64\x56\0\x01")

    def test_none(self) -> None:
        """Nothing is found in what is too short, of another version, or has a header that cannot be."""
        for data in (b"", FOUR[:19], SIX[:39], b"\x55" + FOUR[1:], b"\x05" + FOUR[1:], b"\x44" + FOUR[1:]):
            self.assertEqual((source(data), destination(data)), (b"", b""), data)

    @given(st.binary(max_size=64))
    def test_anything(self, data: bytes) -> None:
        """Whatever it is, both are found or none is, and neither is cut."""
        found = {len(source(data)), len(destination(data))}
        self.assertIn(found, ({0}, {4}, {16}))

    def test_multicast(self) -> None:
        """Addresses of many."""
        many = (b"\xe0\0\0\x01", b"\xff\xff\xff\xff", b"\xff\x02" + bytes(14))
        self.assertEqual([isMulticast(address) for address in many], [True] * 3)
        self.assertEqual([isMulticast(address) for address in (destination(FOUR), destination(SIX))], [False] * 2)
