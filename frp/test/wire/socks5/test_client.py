"""SOCKS5, as a client of a proxy."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.socks5.client import SOCKS5Connect, packAddress, readAddress

_hosts = st.ip_addresses().map(str) | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
_ports = st.integers(0, 65535)
_YES = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x1b\x58"
_USER = b"alice", b"pa:ss"


def _outcome(parts: list[bytes], credentials: tuple[bytes, bytes] | None = None) -> tuple[bytes, bool, str, bytes]:
    """What is sent, whether it is done, the words for why not, and what is left of these parts."""
    asking = SOCKS5Connect("frps.example", 7000, credentials)
    said, broken = asking.begin(), ""
    try:
        for part in parts:
            said += asking.receive(part)
    except RemoteWireError as error:
        # What was to be said in the same turn is not said any more.
        said, broken = b"", error.detail
    return said, asking.done, asking.refusal or broken, asking.takeRest()


class DialogueTests(SynchronousTestCase):
    """The bytes of both sides."""

    def test_withoutCredentials(self) -> None:
        """Nothing is proved, and a name is left to the proxy."""
        request = b"\x05\x01\x00\x03\x0cfrps.example\x1b\x58"
        self.assertEqual(_outcome([b"\x05\x00", _YES]), (b"\x05\x01\x00" + request, True, "", b""))

    def test_addresses(self) -> None:
        """Addresses are sent as such."""
        for host, packed in (
            ("10.0.0.1", b"\x01\x0a\x00\x00\x01"),
            ("2001:db8::1", b"\x04\x20\x01\x0d\xb8" + bytes(11) + b"\x01"),
        ):
            asking = SOCKS5Connect(host, 443)
            self.assertEqual(asking.receive(b"\x05\x00"), b"\x05\x01\x00" + packed + b"\x01\xbb")

    def test_credentials(self) -> None:
        """User and password are shown to a proxy that asks for them."""
        said, done, _, _ = _outcome([b"\x05\x02", b"\x01\x00", _YES], _USER)
        self.assertTrue(said.startswith(b"\x05\x02\x00\x02" + b"\x01\x05alice\x05pa:ss" + b"\x05\x01\x00"))
        self.assertTrue(done)

    def test_credentialsUnasked(self) -> None:
        """They are not shown to one that does not ask."""
        said, done, _, _ = _outcome([b"\x05\x00", _YES], _USER)
        self.assertNotIn(b"alice", said)
        self.assertTrue(done)

    def test_rest(self) -> None:
        """What follows the answer is the stream, whatever kind of address the proxy tells."""
        for address in (b"\x01" + bytes(4), b"\x04" + bytes(16), b"\x03\x00", b"\x03\x02\xff\x00"):
            answer = b"\x05\x00\x05\x00\x00" + address + b"\x00\x00"
            self.assertEqual(_outcome([answer + b"stream"])[1:], (True, "", b"stream"))

    def test_refusals(self) -> None:
        """Each no has the reference's words."""
        for parts, credentials, words in (
            ([b"\x05\xff"], None, "no acceptable authentication methods"),
            ([b"\x05\x02", b"\x01\x01"], _USER, "username/password authentication failed"),
            ([b"\x05\x00", b"\x05\x04\x00\x01"], None, "unknown error host unreachable"),
            ([b"\x05\x00", b"\x05\x63\x00\x01more"], None, "unknown error unknown code: 99"),
        ):
            self.assertEqual(_outcome(parts, credentials)[1:], (False, f"socks connect tcp: {words}", b""))

    def test_broken(self) -> None:
        """What is no SOCKS5 is told at the first byte that shows it."""
        for parts, words in (
            ([b"HTTP"], "unexpected protocol version 72: this looks like an HTTP server"),
            ([b"\x04"], "unexpected protocol version 4"),
            ([b"\x05\x02"], "unsupported authentication method 2"),
            ([b"\x05\x00", b"\x00"], "unexpected protocol version 0"),
            ([b"\x05\x00", b"\x05\x00\x01\x01"], "non-zero reserved field"),
            ([b"\x05\x00", b"\x05\x00\x00\x02", b"."], "unknown address type 2"),
        ):
            _, done, found, rest = _outcome(parts)
            self.assertIn(words, found)
            self.assertEqual((done, rest), (False, b""))

    def test_deadAfterAnError(self) -> None:
        """An error is raised again, and nothing is kept."""
        asking = SOCKS5Connect("frps.example", 7000)
        for _ in range(2):
            error = self.assertRaises(RemoteWireError, asking.receive, b"\x04" * 1000)
            self.assertIn("version 4", error.brief)
        self.assertEqual(asking.takeRest(), b"")

    def test_whatCannotBeSaid(self) -> None:
        """Users, passwords and hosts that do not fit are refused before anything is sent."""
        for credentials in ((b"", b"x"), (b"u" * 256, b""), (b"u", b"p" * 256)):
            error = self.assertRaises(LocalWireError, SOCKS5Connect, "a", 1, credentials)
            self.assertEqual(error.brief, "invalid username/password")
        for host in ("", "x" * 256, "a b", "frps.exämple", "a\r\n"):
            self.assertRaises(LocalWireError, SOCKS5Connect, host, 1)
        self.assertRaises(LocalWireError, packAddress, "a", 65536)


class PropertyTests(SynchronousTestCase):
    """What holds for all of them."""

    @given(_hosts, _ports, st.binary(max_size=5))
    def test_addressThereAndBack(self, host: str, port: int, more: bytes) -> None:
        """An address is read as it was written, and no sooner than it is complete."""
        packed = packAddress(host, port)
        self.assertEqual(readAddress(packed + more), (host, port, len(packed)))
        self.assertEqual([readAddress(packed[:end]) for end in range(len(packed))], [None] * len(packed))

    @given(st.binary(max_size=30))
    def test_addressJunk(self, junk: bytes) -> None:
        """Any bytes are an address that can be written, the beginning of one, or the peer's error."""
        try:
            found = readAddress(junk)
        except RemoteWireError:
            return
        if found is not None:
            host, port, size = found
            self.assertLessEqual(size, len(junk))
            packAddress(host, port)

    @given(
        st.sampled_from([b"", b"\x05\x00", b"\x05\x02\x01\x00", b"\x05\x00\x05\x00\x00\x03", b"\x05\x00" + _YES]),
        st.binary(max_size=300),
        cut(),
    )
    @example(b"\x05\x00\x05\x00\x00\x03", b"\xff" * 300, [1, 2, 3])
    def test_anyCutOfAnything(self, begun: bytes, junk: bytes, marks: list[int]) -> None:
        """Any bytes, cut anywhere, have the same outcome."""
        self.assertEqual(_outcome(pieces(begun + junk, marks), _USER), _outcome([begun + junk], _USER))
