"""The request for a WebSocket, and a server's answer to it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.recorded import recorded
from frp.wire.http.error import HTTPWireError
from frp.wire.http.reader import requestReader
from frp.wire.websocket.upgrade import Answer, acceptKey, answerTo, answerToNone, newKey, requestFor

#: What we say in fewer or other words than the reference, or refuse: it is no request of an frpc.
_OTHERWISE = {
    "noHost": b"HTTP/1.1 400 Bad Request\r\n",
    "http2": b"HTTP/1.1 505 HTTP Version Not Supported\r\n",
    # The reference reads on, for it may be followed by another request.
    **dict.fromkeys(("path", "slash", "fragment"), b"HTTP/1.1 404 Not Found\r\n"),
}

#: The reference looks whether the port in it is one.
_TAKEN = {"portOrigin"}


def answered(request: bytes) -> Answer:
    """What a server says."""
    try:
        head = requestReader().receive(request)
    except HTTPWireError as error:
        return answerToNone(error)
    assert head is not None
    return answerTo(head)


class RequestTests(SynchronousTestCase):
    """What frpc asks."""

    def test_recorded(self) -> None:
        """It is the reference's, byte for byte."""
        for vector in recorded("websocket", "requests"):
            self.assertEqual(requestFor(vector["host"], vector["key"].encode()).decode(), vector["bytes"])

    def test_keys(self) -> None:
        """Each has a key of its own, of 16 bytes."""
        keys = {newKey() for _ in range(10)}
        self.assertEqual((len(keys), {len(key) for key in keys}), (10, {24}))

    def test_names(self) -> None:
        """
        A name in other letters is sent as in DNS, and an IPv6 address without its zone; a host cannot smuggle a
        line into the request.
        """
        self.assertIn(b"\r\nHost: [fe80::1]:7000\r\n", requestFor("[fe80::1%eth0]:7000", b"k"))
        self.assertIn(b"\r\nHost: xn--exmple-cua:7000\r\n", requestFor("ex\xe4mple:7000", b"k"))
        for host in ("", "a\r\nX: y", "a b", "\xe4" * 70):
            self.assertRaises(LocalWireError, requestFor, host, b"k")


class AnswerTests(SynchronousTestCase):
    """What frps says."""

    def test_recorded(self) -> None:
        """It is what the reference says, to good and bad requests."""
        for vector in recorded("websocket", "answers"):
            case = vector["case"]
            said = answered(vector["request"].encode("latin-1"))
            if case in _OTHERWISE:
                self.assertTrue(said.data.startswith(_OTHERWISE[case]), case)
                self.assertTrue(said.refusal, case)
            elif case in _TAKEN:
                self.assertEqual(said.refusal, "")
            else:
                # In one case frames follow: what came behind the request was none.
                answer = vector["answer"].encode("latin-1").partition(b"\x88")[0]
                self.assertEqual(said.data, answer, case)
                self.assertEqual(not said.refusal, b" 101 " in said.data, case)

    def test_acceptKey(self) -> None:
        """The example of RFC 6455 (1.3)."""
        self.assertEqual(acceptKey(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
