"""The PROXY header."""

from __future__ import annotations

from ipaddress import IPv6Address as IPv6
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.protocols.haproxy._v1parser import V1Parser
from twisted.protocols.haproxy._v2parser import V2Parser
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.recorded import recorded
from frp.wire.proxyprotocol import encode

_ports = st.integers(0, 65535)
_families = st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)


def _plain(host: str) -> object:
    """An address, IPv4 where it is mapped into IPv6: version 1 writes that even for TCP6, as the reference does."""
    address = ip_address(host)
    return (isinstance(address, IPv6) and address.ipv4_mapped) or address


class ProxyProtocolTests(SynchronousTestCase):
    """Local services learn who the user is."""

    def test_writesTheReferences(self) -> None:
        """Every mix of families, versions, TCP and UDP gives the reference's header, or none where it gives none."""
        for vector in recorded("wire", "proxyprotocol"):
            source, destination = tuple(vector["source"]), tuple(vector["destination"])
            try:
                found = encode(vector["version"], source, destination, vector["datagram"]).hex()
            except LocalWireError:
                found = None
            self.assertEqual(found, vector["header"], vector)

    @given(st.sampled_from(["v1", "v2"]), st.sampled_from(_families).flatmap(lambda one: st.tuples(one, one)), _ports)
    def test_isReadByAnother(self, version: str, hosts: tuple[str, str], port: int) -> None:
        """Twisted's own reader finds the addresses that went in."""
        source, destination = (hosts[0], port), (hosts[1], 65535 - port)
        try:
            header = encode(version, source, destination)
        except LocalWireError:
            # An IPv4 address that is mapped into IPv6 stays an IPv4 one.
            self.assertTrue(source[0].startswith("::ffff:"))
            return
        parser = V1Parser if version == "v1" else V2Parser
        info = parser.parse(header.removesuffix(b"\r\n") if version == "v1" else header)
        for end, (host, number) in ((info.source, source), (info.destination, destination)):
            assert isinstance(end, IPv4Address | IPv6Address)
            self.assertEqual((_plain(end.host), end.port), (_plain(host), number))

    def test_whatCannotBeSaid(self) -> None:
        """An IPv6 destination does not fit an IPv4 user: the error names both."""
        error = self.assertRaises(LocalWireError, encode, "v1", ("1.2.3.4", 5), ("2001:db8::1", 6))
        self.assertIn("1.2.3.4", error.detail)
        self.assertIn("2001:db8::1", error.detail)

    def test_notAnAddress(self) -> None:
        """Host names, odd ports and unknown versions are errors of ours, not broken headers."""
        good = ("1.2.3.4", 5)
        for version, source in (("v1", ("localhost", 5)), ("v2", ("1.2.3.4", 65536)), ("v3", good)):
            self.assertRaises(LocalWireError, encode, version, source, good)
