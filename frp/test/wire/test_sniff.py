"""What a peer looks like from its first bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.frames import encode
from frp.wire.messages import Login, NewProxyResp
from frp.wire.sniff import describe, isTLS
from frp.wire.yamux import Flag, Type, header


class SniffTests(SynchronousTestCase):
    """The words that the log has for strangers."""

    def test_strangers(self) -> None:
        """Who dials the wrong port, or has one setting differently, reads what it is."""
        for first, words in [
            (b"", "nothing was sent"),
            (b"HTTP/1.1 400 Bad Request", "an HTTP server: check the address and the port"),
            (b"GET / HTTP/1.1", "an HTTP client"),
            (b"PRI * HTTP/2.0", "an HTTP client"),
            (b"SSH-2.0-OpenSSH_9.6", "SSH"),
            (b"\x17\x16\x03\x01", "TLS: transport.tls.enable differs"),
            (b"\x16\x03\x01\x02\x00", "TLS: transport.tls.enable differs"),
            (b"\x15\x03\x03\x00\x02", "a TLS alert"),
            (header(Type.WINDOW_UPDATE, Flag.SYN, 1, 0), "yamux: transport.tcpMux is on at the other side"),
            (encode(Login()), "frp without yamux: transport.tcpMux is off at the other side"),
            (b"FRP\x00\x02\r\n\x00\x01", "frp without yamux: transport.tcpMux is off at the other side"),
            (b"FRP", "frp without yamux: transport.tcpMux is off at the other side"),
            (b"FRANCE", "this is not frp"),
            (encode(NewProxyResp())[:3], "frp without yamux: transport.tcpMux is off at the other side"),
            (b"\xffhello there", "this is not frp; it begins with b'\\xffhello t'"),
        ]:
            self.assertIn(words, describe(first))

    @given(st.binary(max_size=30))
    def test_alwaysAnAnswer(self, first: bytes) -> None:
        """Whatever was sent, the answer is one short line."""
        words = describe(first)
        self.assertNotIn("\n", words)
        self.assertLess(len(words), 120)

    @given(st.binary(min_size=1, max_size=3))
    def test_isTLS(self, first: bytes) -> None:
        """One byte decides on TLS: that of a handshake, or frp's own."""
        self.assertEqual(isTLS(first), first[0] in (0x16, 0x17))
