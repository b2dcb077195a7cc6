"""Asking an HTTP proxy that wants NTLM for a stream."""

from __future__ import annotations

from hypothesis import given
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.http.connect import LIMIT
from frp.wire.http.ntlm import PAGE_LIMIT, NTLMConnect, Prover

YES = b"HTTP/1.1 200 OK\r\n\r\n"
NO = b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: "
#: In base64: "who?", and what the prover below says to it.
WHO = b"d2hvPw=="


def prover() -> Prover:
    """Whoever asks "who?" is told."""

    def prove(challenge: bytes) -> bytes:
        if challenge not in (b"", b"who?"):
            raise RemoteWireError("malformed NTLM challenge")
        return b"me" if challenge else b"hello"

    return prove


def asking() -> NTLMConnect:
    """A dialogue that has begun."""
    made = NTLMConnect("frps.example", 7000, prover)
    made.begin()
    return made


def shown(scheme: bytes, message: bytes) -> bytes:
    """The request that shows a message."""
    return (
        b"CONNECT frps.example:7000 HTTP/1.1\r\nHost: frps.example:7000\r\nUser-Agent: Mozilla/5.0\r\n"
        b"Proxy-Connection: keep-alive\r\nProxy-Authorization: %b %b\r\n\r\n" % (scheme, message)
    )


class DialogueTests(SynchronousTestCase):
    """What is said."""

    def test_requests(self) -> None:
        """The first message comes with the first request, and the answer to the challenge with the second."""
        asking = NTLMConnect("frps.example", 7000, prover)
        self.assertEqual(asking.begin(), shown(b"Negotiate", b"aGVsbG8="))
        said = asking.receive(NO + b"Negotiate " + WHO + b"\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(said, shown(b"Negotiate", b"bWU="))
        self.assertEqual(asking.receive(YES + b"stream"), b"")
        self.assertTrue(asking.done)
        self.assertEqual(asking.takeRest(), b"stream")

    def test_whatCannotBeAsked(self) -> None:
        """A host cannot smuggle a line into the request."""
        self.assertRaises(LocalWireError, NTLMConnect, "a\r\nX: y", 1, prover)

    def test_open(self) -> None:
        """A proxy that lets everybody through asks nothing."""
        asked = asking()
        self.assertEqual(asked.receive(YES), b"")
        self.assertTrue(asked.done)

    def test_fields(self) -> None:
        """The challenge is found among others, in one field or in many, whatever their letters."""
        for fields in (
            b'Basic realm="a, b", negotiate %b, NTLM',
            b"NTLM\r\nProxy-Authenticate: NEGOTIATE %b",
            b"Negotiate\r\nproxy-authenticate:Negotiate   %b  ",
        ):
            self.assertIn(b" bWU=\r\n", asking().receive(NO + fields % WHO + b"\r\nContent-Length: 0\r\n\r\n"))

    @given(cut())
    def test_anyCut(self, marks: list[int]) -> None:
        """Pages pass, with a length or in chunks, and wherever their bytes are cut."""
        for page in (
            b"Content-Length: 9\r\n\r\n407\r\n\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n3;a=b\r\n407\r\n0\r\n\r\n",
        ):
            asked = asking()
            whole = NO + b"Negotiate " + WHO + b"\r\n" + page
            said = [asked.receive(piece) for piece in pieces(whole, marks)]
            self.assertEqual(b"".join(said), shown(b"Negotiate", b"bWU="))
            self.assertEqual(b"".join(asked.receive(piece) for piece in pieces(YES + b"stream", marks)), b"")
            self.assertEqual((asked.done, asked.takeRest()), (True, b"stream"))

    def test_page(self) -> None:
        """The second request waits for the end of the page."""
        asked = asking()
        self.assertEqual(asked.receive(NO + b"Negotiate " + WHO + b"\r\nContent-Length: 2\r\n\r\n:"), b"")
        self.assertNotEqual(asked.receive(b"-"), b"")


class RefusalTests(SynchronousTestCase):
    """What the proxy does not accept."""

    def refused(self, *answers: bytes) -> NTLMConnect:
        """@return: a dialogue in which this was heard, and which is over, with the reference's words."""
        asked = asking()
        for answer in answers:
            asked.receive(answer)
        self.assertEqual(asked.refusal, "DialTcpByNTLMHttpProxy error, StatusCode [407]")
        self.assertEqual(asked.takeRest(), b"")
        return asked

    def test_wrong(self) -> None:
        """A proof that is refused is not tried again in any way, whatever is offered."""
        asked = self.refused(
            NO + b"Negotiate " + WHO + b"\r\nContent-Length: 0\r\n\r\n", NO + b"NTLM, Negotiate " + WHO + b"\r\n\r\n"
        )
        self.assertIn("refuses the user or the password", asked.hint)
        self.assertIsNone(asked.instead)

    def test_otherName(self) -> None:
        """A proxy that calls it by its other name is asked so, on another connection; and not by a third name."""
        instead = self.refused(NO + b'Basic realm="x"\r\nProxy-Authenticate: NTLM\r\n\r\n').instead
        assert instead is not None
        self.assertEqual(instead.begin(), shown(b"NTLM", b"aGVsbG8="))
        instead.receive(NO + b"Negotiate " + WHO + b"\r\n\r\n")
        self.assertIn("StatusCode [407]", instead.refusal)
        self.assertIsNone(instead.instead)

    def test_another(self) -> None:
        """A proxy that wants something else is told from one that says nothing."""
        for offer, words in (
            (b'Basic realm="x"', "write http://"),
            (b'Digest realm="x"', "does not speak NTLM"),
            (b"", "does not speak NTLM"),
        ):
            self.assertIn(words, self.refused(NO + offer + b"\r\n\r\n").hint)

    def test_closes(self) -> None:
        """A proxy that closes behind the challenge is told at once, where it says so, and else when it does."""
        for more in (
            b"Connection: close\r\nContent-Length: 0",
            b"Proxy-Connection: Close\r\nContent-Length: 0",
            b"X: no length, so that the page ends with the connection",
        ):
            asked = self.refused(NO + b"Negotiate " + WHO + b"\r\n" + more + b"\r\n\r\n")
            self.assertIn("one connection", asked.hint)
        asked = asking()
        asked.receive(NO + b"Negotiate " + WHO + b"\r\nContent-Length: 0\r\n\r\n")
        self.assertIn("one connection", asked.hint)

    def test_status(self) -> None:
        """Any other status is a refusal, before the challenge and behind it."""
        challenge = NO + b"Negotiate " + WHO + b"\r\nContent-Length: 0\r\n\r\n"
        for before in ([], [challenge]):
            asked = asking()
            for answer in [*before, b"HTTP/1.1 502 Bad Gateway\r\n\r\n"]:
                asked.receive(answer)
            self.assertEqual(asked.refusal, "DialTcpByNTLMHttpProxy error, StatusCode [502]")
            self.assertEqual(asked.hint, "the proxy does not reach frps")


class HostileTests(SynchronousTestCase):
    """A proxy that is none."""

    def broken(self, *answers: bytes) -> str:
        """@return: what is wrong with the last of these answers."""
        asked = asking()
        for answer in answers[:-1]:
            asked.receive(answer)
        error = self.assertRaises(RemoteWireError, asked.receive, answers[-1])
        self.assertEqual(asked.takeRest(), b"")
        return str(error.detail)

    def test_challenge(self) -> None:
        """A challenge that is none ends it."""
        for challenge in (b"!!!", b"d2hvP", b"AAAA"):
            text = self.broken(NO + b"Negotiate " + challenge + b"\r\nContent-Length: 0\r\n\r\n")
            self.assertIn("malformed NTLM challenge", text)

    def test_page(self) -> None:
        """A page may have so many bytes, and nothing of it is kept."""
        for framing, filling in (
            (b"Content-Length: 999999999", b""),
            (b"Transfer-Encoding: chunked", b"fffffff\r\n"),
        ):
            head = NO + b"Negotiate " + WHO + b"\r\n" + framing + b"\r\n\r\n" + filling
            asked = asking()
            asked.receive(head + bytes(PAGE_LIMIT))
            self.assertEqual(len(asked._buffer), 0)
            self.assertRaises(RemoteWireError, asked.receive, b"x")
        self.assertIn("no end within", self.broken(head + bytes(PAGE_LIMIT + 1)))

    def test_heads(self) -> None:
        """All heads together have a limit."""
        head = NO + b"Negotiate " + WHO + b"\r\nA: " + b"x" * (LIMIT // 2) + b"\r\nContent-Length: 0\r\n\r\n"
        self.assertIn("no end within", self.broken(head, head))

    def test_framing(self) -> None:
        """A page whose end can be found in two ways is none."""
        for framing in (b"Content-Length: x", b"Content-Length: 1\r\nContent-Length: 2", b"Transfer-Encoding: gzip"):
            self.broken(NO + b"Negotiate " + WHO + b"\r\n" + framing + b"\r\n\r\n")
