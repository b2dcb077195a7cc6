"""Asking an HTTP proxy for a stream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.address import authority
from frp.wire.http.connect import LIMIT, HTTPConnect

_YES = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 gate\r\n\r\n"


def _outcome(parts: list[bytes]) -> tuple[bool, str, bytes]:
    """Whether it is done, the words for why not, and what is left of these parts."""
    asking, broken = HTTPConnect("frps.example", 7000), ""
    try:
        for part in parts:
            asking.receive(part)
    except RemoteWireError as error:
        broken = error.detail
    return asking.done, asking.refusal or broken, asking.takeRest()


class RequestTests(SynchronousTestCase):
    """What is asked."""

    def test_request(self) -> None:
        """The request is the reference's."""
        self.assertEqual(
            HTTPConnect("frps.example", 7000, (b"alice", b"sesame")).begin(),
            b"CONNECT frps.example:7000 HTTP/1.1\r\nHost: frps.example:7000\r\nUser-Agent: Mozilla/5.0\r\n"
            b"Proxy-Authorization: Basic YWxpY2U6c2VzYW1l\r\n\r\n",
        )
        self.assertNotIn(b"Authorization", HTTPConnect("frps.example", 7000).begin())

    def test_addresses(self) -> None:
        """An IPv6 address stands in brackets."""
        self.assertEqual(authority("2001:db8::1", 7000), "[2001:db8::1]:7000")
        self.assertTrue(HTTPConnect("::1", 7).begin().startswith(b"CONNECT [::1]:7 HTTP/1.1\r\nHost: [::1]:7\r\n"))

    def test_whatCannotBeAsked(self) -> None:
        """A host cannot smuggle a line into the request."""
        for host in ("", "a\r\nX: y", "a b", "exämple"):
            self.assertRaises(LocalWireError, HTTPConnect, host, 1)


class AnswerTests(SynchronousTestCase):
    """What the proxy says."""

    def test_yes(self) -> None:
        """What follows the head of a 200 is the stream; old versions and bare line feeds are taken as well."""
        for head in (_YES, b"HTTP/1.0 200\r\n\r\n", b"HTTP/1.1 200 OK\nA: b\n\n", b"HTTP/1.1 200 \r\n\r\n"):
            self.assertEqual(_outcome([head + b"\r\n\r\nstream"]), (True, "", b"\r\n\r\nstream"))

    def test_interim(self) -> None:
        """Interim answers are passed over."""
        self.assertEqual(_outcome([b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + _YES + b"x"]), (True, "", b"x"))

    def test_no(self) -> None:
        """Any other status is the reference's error, and its page is not kept."""
        for status in (101, 204, 302, 403, 407, 502, 999):
            answer = b"HTTP/1.1 %d No\r\n\r\n<html>" % status
            self.assertEqual(_outcome([answer]), (False, f"DialTcpByHttpProxy error, StatusCode [{status}]", b""))

    def test_hints(self) -> None:
        """A proxy that wants to know the user, and one that knows another, are told apart."""
        hints = []
        for credentials in (None, (b"alice", b"sesame")):
            asking = HTTPConnect("frps.example", 7000, credentials)
            asking.receive(b"HTTP/1.1 407 Who?\r\n\r\n")
            hints.append(asking.hint)
        self.assertIn("wants a user and a password", hints[0])
        self.assertIn("refuses the user or the password", hints[1])

    def test_endless(self) -> None:
        """A head without end is given up, in one line or in many, and also if it consists of interim answers."""
        for begun, more in (
            (b"HTTP/1.1 200 ", b"x" * 1000),
            (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 100),
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        ):
            asking = HTTPConnect("frps.example", 7000)
            asking.receive(begun)

            def feed(asking: HTTPConnect = asking, more: bytes = more) -> None:
                for _ in range(LIMIT // len(more) + 1):
                    asking.receive(more)

            error = self.assertRaises(RemoteWireError, feed)
            self.assertIn("too long", error.brief)
            self.assertRaises(RemoteWireError, asking.receive, b"")
            self.assertEqual(asking.takeRest(), b"")

    def test_something(self) -> None:
        """What is no HTTP is told by what it looks like."""
        for answer, words in (
            (b"\x15\x03\x03\x00\x02\x02\x46more", "https://"),
            (b"\x05\x00\x00\x00\x00\x00\x00\x00", "socks5://"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-"),
            (b"HTTP/2.0 200 OK\r\n\r\n", "not an HTTP proxy"),
            (b"HTTP/1.1 yes\r\n\r\n", "HTTP/1.1 yes"),
            (b"HTTP/1.1 2000 OK\r\n\r\n", "2000"),
            (b"HTTP/1.1 020 OK\r\n\r\n", "020"),
        ):
            done, broken, rest = _outcome([answer])
            self.assertEqual((done, rest), (False, b""))
            self.assertTrue(broken.startswith("malformed HTTP response: "), broken)
            self.assertIn(words, broken)

    @given(
        st.sampled_from(
            [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 407 ", b"HTTP/1.1 100 Continue\r\n\r\n"]
        ),
        st.lists(st.sampled_from([b"\r", b"\n", b"200", b"HTTP/1.1 200 OK"]) | st.binary(max_size=9), max_size=9),
        cut(),
    )
    def test_anyCutOfAnything(self, begun: bytes, junk: list[bytes], marks: list[int]) -> None:
        """Any bytes, cut anywhere, have the same outcome."""
        whole = b"".join([begun, *junk])
        self.assertEqual(_outcome(pieces(whole, marks)), _outcome([whole]))

    @given(cut())
    def test_anyCutOfLong(self, marks: list[int]) -> None:
        """The limit counts the head only, however much comes behind it at once."""
        head = _YES[:-2] + b"A: " + b"x" * (LIMIT - len(_YES) - 5) + b"\r\n\r\n"
        self.assertEqual(len(head), LIMIT)
        self.assertEqual(_outcome(pieces(head + bytes(70000), marks)), (True, "", bytes(70000)))
