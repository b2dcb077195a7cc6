"""Asking for a WebSocket, and what answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.websocket.asking import UpgradeHandshake

_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
_YES = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def _outcome(parts: list[bytes]) -> tuple[bool, str, str, bytes]:
    """Whether it is done, the words for why not, what to do about it, and what is left of these parts."""
    asking, broken = UpgradeHandshake("frps.example:7000", _KEY), ""
    try:
        for part in parts:
            asking.receive(part)
    except RemoteWireError as error:
        broken = error.detail
    return asking.done, asking.refusal or broken, asking.hint, asking.takeRest()


class AnswerTests(SynchronousTestCase):
    """What the other side says."""

    def test_yes(self) -> None:
        """What follows the head is the stream; letters do not count, nor do other fields."""
        for head in (_YES, _YES.replace(b"websocket", b"WebSocket").replace(b": Upgrade", b": upgrade\r\nServer: x")):
            self.assertEqual(_outcome([head + b"stream"]), (True, "", "", b"stream"))

    def test_request(self) -> None:
        """The request is the whole of what we say."""
        asking = UpgradeHandshake("frps.example:7000", _KEY)
        self.assertTrue(asking.begin().startswith(b"GET /~!frp HTTP/1.1\r\nHost: frps.example:7000\r\n"))
        self.assertEqual(asking.receive(_YES), b"")

    def test_changed(self) -> None:
        """A 101 that is not the right one is refused in the reference's words."""
        for before, after, words in (
            (b"Upgrade: websocket", b"Upgrade: h2c", "missing or bad upgrade"),
            (b"Upgrade: websocket\r\n", b"", "missing or bad upgrade"),
            (b"Connection: Upgrade", b"Connection: keep-alive, Upgrade", "missing or bad upgrade"),
            (b"s3pP", b"s3pQ", "mismatch challenge/response"),
            (b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: x\r\n\r\n", "unsupported extensions"),
            (b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: x\r\n\r\n", "missing or bad WebSocket-Protocol"),
        ):
            done, refusal, hint, rest = _outcome([_YES.replace(before, after) + b"stream"])
            self.assertEqual((done, refusal, rest), (False, words, b""))
            self.assertTrue(hint)

    def test_others(self) -> None:
        """What else may be there is told by its status, and by what it says about itself."""
        for head, status, words in (
            (
                b"200 OK\r\nServer: nginx/1.22",
                "200",
                "it answers with a page (it calls itself 'nginx/1.22')",
            ),
            (b"302 Found\r\nLocation: https://login.example/x", "302", "it redirects to https://login.example/x: "),
            (b"301 Moved", "301", "it redirects to somewhere else"),
            (b"400 Bad Request", "400", 'transport.protocol = "wss"'),
            (b"401 Unauthorized", "401", "wants a password"),
            (b"403 Forbidden", "403", "lets nobody through to /~!frp"),
            (b"404 Not Found\r\nServer: Caddy", "404", "a web server without frps behind /~!frp"),
            (b"407 Proxy", "407", "wants a login first"),
            (b"418 Teapot", "418", "a web server that is not frps"),
            (b"502 Bad Gateway", "502", "a reverse proxy that does not reach frps"),
            (b"511 Login", "511", "wants a login first"),
        ):
            done, refusal, hint, _ = _outcome([b"HTTP/1.1 " + head + b"\r\n\r\n<html>"])
            self.assertEqual((done, refusal), (False, f"bad status {status}"))
            self.assertIn(words, hint)

    def test_notHTTP(self) -> None:
        """What does not speak HTTP is told by how it begins."""
        for first, words in (
            (b"\x15\x03\x01\x00\x02\x02\x28", 'this looks like TLS: set transport.protocol to "wss"'),
            (b"SSH-2.0-OpenSSH\r\n", "this looks like SSH"),
            (b"\x00\x01\x00\x01", "this looks like yamux"),
            (b"HTMP/1.1 200 OK\r\n\r\n", "this is not frp; it begins with b'HTMP/1.1'"),
            (b"HTTP/x\r\n\r\n", "the response begins with"),
        ):
            done, broken, _, rest = _outcome([first])
            self.assertEqual((done, rest), (False, b""))
            self.assertIn(words, broken)

    def test_endless(self) -> None:
        """A head without end is not gathered for ever."""
        for line in (b"A: b\r\n", b"x" * 1000):
            self.assertIn("has no end", _outcome([b"HTTP/1.1 101 S\r\n", *[line] * 300_000])[1])

    @given(cut())
    def test_anyCut(self, marks: list[int]) -> None:
        """However it is cut."""
        self.assertEqual(_outcome(pieces(_YES + b"stream", marks)), (True, "", "", b"stream"))

    @given(st.binary(max_size=60), cut())
    def test_junk(self, junk: bytes, marks: list[int]) -> None:
        """Whatever comes, there is an answer or the peer's error."""
        done, _, _, _ = _outcome(pieces(b"HTTP/1.1 " + junk, marks))
        self.assertFalse(done)
