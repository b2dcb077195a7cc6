"""
The PROXY header.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.protocols.haproxy._v1parser import V1Parser
from twisted.protocols.haproxy._v2parser import V2Parser
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.recorded import recorded
from frp.wire.proxyprotocol import encode

_ports = st.integers(0, 65535)


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

    @given(st.sampled_from(["v1", "v2"]), st.sampled_from([4, 6]), st.data())
    def test_isReadByAnother(self, version: str, family: int, data: st.DataObject) -> None:
        """Twisted's own reader finds the addresses that went in."""
        address = st.ip_addresses(v=family).map(str)
        source, destination = data.draw(st.tuples(address, _ports)), data.draw(st.tuples(address, _ports))
        try:
            header = encode(version, source, destination)
        except LocalWireError:
            # An IPv4 address that is mapped into IPv6 stays an IPv4 one.
            self.assertTrue(source[0].startswith("::ffff:"))
            return
        parser = V1Parser if version == "v1" else V2Parser
        info = parser.parse(header.removesuffix(b"\r\n") if version == "v1" else header)
        self.assertEqual((info.source.port, info.destination.port), (source[1], destination[1]))

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
