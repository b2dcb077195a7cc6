"""The header in front of SOCKS5 datagrams."""

from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.wire.socks5.udp import Carried, readDatagram, writeDatagram

_names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=255)
_hosts = st.ip_addresses().map(str) | _names
_carried = st.builds(Carried, _hosts, st.integers(0, 65535), st.binary(max_size=300))


def _same(host: str) -> str:
    """An address as Python writes it, a name as it is."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host


class HeaderTests(SynchronousTestCase):
    """A client sends a datagram through a relay, and gets an answer."""

    def test_bytes(self) -> None:
        """The header is that of the standard."""
        self.assertEqual(writeDatagram(Carried("1.2.3.4", 53, b"ask")), b"\0\0\0\1\1\2\3\4\0\x35ask")
        self.assertEqual(readDatagram(b"\0\0\0\3\2ns\0\x35ask"), Carried("ns", 53, b"ask"))
        self.assertEqual(readDatagram(b"\0\0\0\4" + bytes(15) + b"\1\0\x35"), Carried("::1", 53, b""))

    @given(_carried)
    def test_roundTrip(self, carried: Carried) -> None:
        """What is written is read."""
        found = readDatagram(writeDatagram(carried))
        self.assertEqual(found, Carried(_same(carried.host), carried.port, carried.data))

    @given(_carried, st.integers(0, 600))
    def test_cut(self, carried: Carried, length: int) -> None:
        """A datagram that is cut off keeps its address and loses data, or is refused: it never leads elsewhere."""
        whole = writeDatagram(carried)
        header = len(whole) - len(carried.data)
        if length < header:
            self.assertRaises(RemoteWireError, readDatagram, whole[:length])
        else:
            found = readDatagram(whole[:length])
            self.assertEqual((found.host, found.port), (_same(carried.host), carried.port))
            self.assertEqual(found.data, carried.data[: length - header])

    @given(st.binary(max_size=600) | st.binary(max_size=300).map(lambda junk: b"\0\0\0" + junk))
    def test_junk(self, junk: bytes) -> None:
        """Whatever comes is an address with no more data than came, or refused in one of few texts."""
        try:
            found = readDatagram(junk)
        except RemoteWireError as error:
            self.assertIn("SOCKS5", error.brief)
        else:
            self.assertTrue(junk.endswith(found.data))
            self.assertEqual(readDatagram(writeDatagram(found)), Carried(_same(found.host), found.port, found.data))

    @given(st.text(max_size=300), st.integers(-1, 65536))
    def test_refusesBoth(self, host: str, port: int) -> None:
        """What would not be read is not written."""
        try:
            written = writeDatagram(Carried(host, port, b"data"))
        except LocalWireError:
            return
        self.assertEqual(readDatagram(written).data, b"data")

    def test_fragments(self) -> None:
        """Fragments are refused, and so is a header of another protocol."""
        for header, why in (
            (b"\0\0\1\1\1\2\3\4\0\x35", "a fragment of a SOCKS5 datagram"),
            (b"\r\n\r\n\0\r\nQUIT\n", "no SOCKS5 header in front of a datagram"),
            (b"\0\0\0\2\1\2\3\4\0\x35", "no address in the SOCKS5 header of a datagram"),
            (b"\0\0\0\3\0\0\x35", "no address in the SOCKS5 header of a datagram"),
            (b"", "no SOCKS5 header in front of a datagram"),
        ):
            error = self.assertRaises(RemoteWireError, readDatagram, header)
            self.assertEqual(error.brief, why)
