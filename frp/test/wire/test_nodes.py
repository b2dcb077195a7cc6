"""What two nodes of one server say to each other."""

from __future__ import annotations

import hmac
import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import AuthError, LocalWireError, RemoteWireError
from frp.test.wire.strategies import cut, pieces
from frp.wire.nodes import (
    LONGEST_ASK,
    LONGEST_WORDS,
    YES,
    Hello,
    HelloReader,
    PieceReader,
    Proofs,
    encodeAsk,
    encodeRefusal,
    readAsk,
)

HELLO = Hello("a-1", "first", "b-1")
PROOFS = Proofs(b"secret", bytes(32))

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def said(hello: bytes) -> bytes:
    """What a reader makes of a hello."""
    found = HelloReader().receive(hello)
    assert found is not None
    return found


class HelloTests(SynchronousTestCase):
    """Who somebody is, and the proof."""

    def test_bytes(self) -> None:
        """The magic, the version, a length, three names, and the proof behind them."""
        names = b'["a-1", "first", "b-1"]'
        proof = hmac.digest(b"secret", b"frp node that dials\0" + bytes(32) + names, "sha256")
        hello = PROOFS.say(HELLO, dials=True)
        self.assertEqual(hello, b"frp node\x01" + bytes([0, len(names) + 32]) + names + proof)

    @given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50), st.booleans(), st.binary(), cut())
    def test_back(self, node: str, name: str, to: str, dials: bool, rest: bytes, marks: list[int]) -> None:
        """What is said is read, in whatever pieces it comes, and what is behind it is left."""
        hello = Hello(node, name, to)
        reader = HelloReader()
        whole = PROOFS.say(hello, dials=dials)
        *first, last = pieces(whole, marks)
        for piece in first:
            self.assertIsNone(reader.receive(piece))
        found = reader.receive(last + rest)
        assert found is not None
        self.assertEqual((PROOFS.believe(found, dials=dials), reader.rest), (hello, rest))

    def test_proofs(self) -> None:
        """Another secret, another connection, the other one's role and another name are not believed."""
        hello = said(PROOFS.say(HELLO, dials=True))
        for proofs, dials in (
            (Proofs(b"Secret", bytes(32)), True),
            (Proofs(b"secret", bytes(31) + b"\1"), True),
            (PROOFS, False),
        ):
            self.assertRaises(AuthError, proofs.believe, hello, dials=dials)
        self.assertRaises(AuthError, PROOFS.believe, hello.replace(b"first", b"First"), dials=True)

    @given(st.binary(max_size=200))
    def test_unproven(self, junk: bytes) -> None:
        """Nothing that does not come of the secret is believed, and nothing of it is looked at."""
        self.assertRaises(AuthError, PROOFS.believe, junk, dials=False)

    @given(_JSON.filter(lambda value: not isinstance(value, list)) | st.lists(_JSON, max_size=2))
    def test_noNames(self, value: object) -> None:
        """One who knows the secret may still say something else."""
        body = json.dumps(value).encode()
        hello = body + PROOFS._proof(body, True)
        error = self.assertRaises(RemoteWireError, PROOFS.believe, hello, dials=True)
        self.assertIn("three names", error.detail)

    def test_tooLong(self) -> None:
        """Names that would not be read are not said."""
        self.assertRaises(LocalWireError, PROOFS.say, Hello("a" * 2048, "", ""), dials=True)

    def test_version(self) -> None:
        """Another version is told as what it is, as soon as it is known."""
        error = self.assertRaises(RemoteWireError, HelloReader().receive, b"frp node\x02")
        self.assertEqual(error.detail, "it speaks version 2 of what nodes speak, and this node version 1")

    def test_strangers(self) -> None:
        """Whoever is no node is told as what it looks like, by its first bytes."""
        for first, looks in ((b"GET / HTTP/1.1\r\n", "HTTP client"), (b"SSH-2.0", "SSH"), (b"\x00\x01", "yamux")):
            error = self.assertRaises(RemoteWireError, HelloReader().receive, first)
            self.assertIn(looks, error.detail)

    @given(st.lists(st.binary(min_size=1, max_size=4096), max_size=8), st.booleans())
    def test_junk(self, parts: list[bytes], magic: bool) -> None:
        """Anything is a hello to be judged, no hello, or the beginning of one, of which little is kept."""
        reader = HelloReader()
        try:
            found = reader.receive(b"frp node\x01" if magic else b"")
            for part in parts:
                assert found is None
                found = reader.receive(part)
                if found is not None:
                    self.assertLessEqual(len(found), 2048)
                    break
        except RemoteWireError:
            pass
        else:
            self.assertLess(len(reader._first or b"") + len(reader._piece._buffer), 2050 + 4096)


class AskTests(SynchronousTestCase):
    """Questions, and their answers."""

    @given(st.dictionaries(st.text(max_size=20), _JSON, max_size=5))
    def test_untouched(self, ask: dict[str, object]) -> None:
        """What is asked arrives as it was."""
        body = PieceReader("an ask", LONGEST_ASK).receive(encodeAsk(ask))
        assert body is not None
        self.assertEqual(readAsk(body), ask)

    def test_surrogate(self) -> None:
        """The name of a proxy may hold what is no character."""
        body = encodeAsk({"proxy": "\ud800", "é": 1})[2:]
        self.assertEqual(readAsk(body), {"proxy": "\ud800", "é": 1})

    def test_limit(self) -> None:
        """An ask may have 16 KiB, and no byte more."""
        rest = LONGEST_ASK - len('{"a":""}')
        self.assertEqual(len(encodeAsk({"a": "x" * rest})), 2 + LONGEST_ASK)
        error = self.assertRaises(LocalWireError, encodeAsk, {"a": "x" * (rest + 1)})
        self.assertIn("16385 bytes", error.detail)

    @given(st.binary(max_size=300))
    def test_junk(self, body: bytes) -> None:
        """What is no object is no ask."""
        try:
            self.assertIsInstance(readAsk(body), dict)
        except RemoteWireError as error:
            self.assertEqual(error.brief, "not an ask")

    def test_deep(self) -> None:
        """However deep it is."""
        self.assertRaises(RemoteWireError, readAsk, b"[" * LONGEST_ASK)
        self.assertRaises(RemoteWireError, readAsk, b'{"a":' * (LONGEST_ASK // 5))

    @given(st.text(max_size=2000), cut())
    def test_refusals(self, why: str, marks: list[int]) -> None:
        """The words arrive, as many as there is room for; no refusal looks like a yes."""
        reader = PieceReader("an answer", LONGEST_WORDS)
        for piece in pieces(encodeRefusal(why), marks):
            words = reader.receive(piece)
        assert words
        self.assertTrue((why or "refused").encode("utf-8", "replace").startswith(words))
        self.assertGreater(len(words), min(len(why), LONGEST_WORDS) - 4)

    def test_yes(self) -> None:
        """What is behind a yes is left."""
        reader = PieceReader("an answer", LONGEST_WORDS)
        self.assertIsNone(reader.receive(YES[:1]))
        self.assertEqual((reader.receive(YES[1:] + b"hello"), reader.rest), (b"", b"hello"))

    def test_tooLong(self) -> None:
        """A piece that is too long is not waited for."""
        error = self.assertRaises(RemoteWireError, PieceReader("an answer", 10).receive, b"\x00\x0b")
        self.assertEqual(error.detail, "an answer of 11 bytes was announced, at most 10 are allowed")
