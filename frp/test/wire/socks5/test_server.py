"""SOCKS5, as the proxy that is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.socks5.client import SOCKS5Connect, packAddress
from frp.wire.socks5.server import LONGEST, Request, SOCKS5Answer, reply

_hosts = st.ip_addresses().map(str) | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
_ports = st.integers(0, 65535)
_USER = b"alice", b"pa:ss"


def _outcome(parts: list[bytes], credentials: tuple[bytes, bytes] | None) -> tuple[bytes, Request | None, str, bytes]:
    """What is answered, what was asked for, why it was refused, and what is left of these parts."""
    answering = SOCKS5Answer(credentials)
    answered = b""
    for part in parts:
        try:
            answered += answering.receive(part)
        except RemoteWireError:
            # What was to be answered in the same turn is not any more.
            answered = b""
            break
    return answered, answering.request, answering.denied, answering.takeRest()


class AnswerTests(SynchronousTestCase):
    """Somebody asks for a stream."""

    @given(_hosts, _ports, st.binary(max_size=20), st.booleans())
    def test_both(self, host: str, port: int, early: bytes, known: bool) -> None:
        """Our client and our server understand each other, and what is said early is kept."""
        credentials = _USER if known else None
        asking, answering = SOCKS5Connect(host, port, credentials), SOCKS5Answer(credentials)
        said = asking.begin()
        while answering.request is None:
            said = asking.receive(answering.receive(said))
        self.assertEqual(packAddress(answering.request.host, answering.request.port), packAddress(host, port))
        answering.receive(early)
        self.assertEqual(answering.takeRest(), early)
        asking.receive(reply(0, "10.0.0.1", 5))
        self.assertTrue(asking.done)

    @given(_hosts, _ports, cut())
    def test_cuts(self, host: str, port: int, marks: list[int]) -> None:
        """However the bytes are cut, it is the same dialogue."""
        said = b"\x05\x02\x00\x02\x01\x05alice\x05pa:ss\x05\x01\x00" + packAddress(host, port) + b"more"
        whole = _outcome([said], _USER)
        self.assertEqual(whole[0], b"\x05\x02\x01\x00")
        self.assertEqual(whole[3], b"more")
        self.assertEqual(_outcome(pieces(said, marks), _USER), whole)

    @given(st.lists(st.binary(max_size=600), max_size=5), st.booleans())
    def test_junk(self, parts: list[bytes], known: bool) -> None:
        """Whatever comes is answered, refused, or no SOCKS5; of the dialogue little is kept."""
        answering = SOCKS5Answer(_USER if known else None)
        for part in [b"\x05\x01\x02", *parts] if known else parts:
            try:
                answering.receive(part)
            except RemoteWireError:
                self.assertTrue(answering.over)
            if answering.over:
                self.assertEqual(answering.takeRest(), b"")
                self.assertEqual(answering.receive(b"\x05\x01\x00"), b"")
                return
            if answering.request is None:
                self.assertLessEqual(len(answering._buffer), LONGEST)

    def test_refusals(self) -> None:
        """Each refusal has its bytes, and its words for the log."""
        for said, answered, denied in (
            (b"\x05\x01\x00", b"\x05\xff", "no acceptable way to log in: a user and a password are wanted"),
            (b"\x05\x01\x02\x01\x01a\x01b", b"\x05\x02\x01\x01", "wrong user or password"),
            (b"\x05\x01\x02\x01\x05alice\x05pa:ss\x05\x01\x00\x02", b"", "unknown type of address 2"),
            (b"\x04", b"", "unexpected version 4"),
            (b"\x05\x01\x02\x02", b"", "unexpected username/password version 2"),
        ):
            found = _outcome([said], _USER)
            self.assertEqual(found[2], denied)
            self.assertTrue(found[0].startswith(answered))

    def test_reply(self) -> None:
        """A reply carries an address, or none where it cannot be written."""
        self.assertEqual(reply(0, "10.0.0.1", 80), b"\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50")
        self.assertEqual(reply(0, "fe80::1%eth0", 80)[3:5], b"\x04\xfe")
        self.assertEqual(reply(5, "", 80), b"\x05\x05\x00\x01" + bytes(6))
