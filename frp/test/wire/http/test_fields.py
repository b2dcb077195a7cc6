"""The fields of HTTP messages, and what they say about the connection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.wire.http.connection import keepsAlive, removeHopByHop, upgrade
from frp.wire.http.fields import Fields, isToken
from frp.wire.http.head import RequestHead

_names = st.sampled_from([b"A", b"a", b"B", b"Host", b"HOST", b"c"])
_changes = st.lists(
    st.tuples(st.just("add"), _names, st.binary(max_size=2))
    | st.tuples(st.just("set"), _names, st.binary(max_size=2))
    | st.tuples(st.just("remove"), _names, st.just(b""))
)


def _request(connection: bytes, *pairs: tuple[bytes, bytes], version: bytes = b"HTTP/1.1") -> RequestHead:
    return RequestHead(b"GET", b"/", Fields([(b"Connection", connection), *pairs]), version)


class FieldsTests(SynchronousTestCase):
    """Looking up and changing."""

    def test_lookUp(self) -> None:
        """Names are found however they were spelled, and the first value wins."""
        fields = Fields([(b"Accept", b"a, B"), (b"X", b"1"), (b"ACCEPT", b",c ,")])
        self.assertEqual(fields.get(b"accept"), b"a, B")
        self.assertEqual(fields.all(b"accept"), [b"a, B", b",c ,"])
        self.assertEqual(fields.members(b"accept"), [b"a", b"b", b"c"])
        self.assertEqual((fields.get(b"y"), fields.all(b"y"), fields.members(b"y")), (None, [], []))
        self.assertTrue(b"x" in fields and b"y" not in fields)
        self.assertEqual([fields.repeated(name) for name in (b"accept", b"x", b"y")], [True, False, False])

    def test_set(self) -> None:
        """A field that is set stands where the first of its name stood."""
        fields = Fields([(b"A", b"1"), (b"b", b"2"), (b"a", b"3")])
        fields.set(b"a", b"4")
        self.assertEqual(list(fields), [(b"a", b"4"), (b"b", b"2")])

    def test_copy(self) -> None:
        """A copy is changed apart."""
        fields = Fields([(b"A", b"1")])
        other = fields.copy()
        other.set(b"A", b"2")
        other.add(b"B", b"3")
        self.assertEqual((list(fields), fields.get(b"b")), ([(b"A", b"1")], None))

    @given(_changes)
    def test_changes(self, changes: list[tuple[str, bytes, bytes]]) -> None:
        """After any changes look-ups tell what the pairs say."""
        fields = Fields()
        for what, name, value in changes:
            if what == "remove":
                fields.remove(name.lower())
            else:
                getattr(fields, what)(name, value)
            if what != "remove":
                self.assertIn((name, value), fields.pairs)
            if what == "set":
                self.assertEqual(fields.all(name.lower()), [value])
        for key in (b"a", b"b", b"host", b"c"):
            values = [value for name, value in fields if name.lower() == key]
            self.assertEqual((fields.get(key), fields.all(key)), (values[0] if values else None, values))
        self.assertEqual(fields, Fields(fields.pairs))
        self.assertEqual(len(fields), len(list(fields)))

    def test_tokens(self) -> None:
        """A token has no separators and is not empty."""
        self.assertTrue(isToken(b"X-1_~"))
        self.assertFalse(any(map(isToken, (b"", b"a b", b"a:", b"(a)", b"\xe9", b"a\x00"))))


class ConnectionTests(SynchronousTestCase):
    """What lives only as long as the connection, and how long that lives."""

    def test_keepAlive(self) -> None:
        """Connections live on in HTTP/1.1 unless closed, in HTTP/1.0 when asked for."""
        for version, options, lives in (
            (b"HTTP/1.1", b"", True),
            (b"HTTP/1.1", b"CLOSE", False),
            (b"HTTP/1.1", b"x, Close ,y", False),
            (b"HTTP/1.1", b"closed", True),
            (b"HTTP/1.0", b"", False),
            (b"HTTP/1.0", b"Keep-Alive", True),
            (b"HTTP/1.0", b"keep-alive, close", False),
        ):
            self.assertEqual(keepsAlive(_request(options, version=version)), lives, (version, options))

    def test_hopByHop(self) -> None:
        """The fields of this connection go, well-known ones and named ones; who is meant and how long stays."""
        kept = [(b"Host", b"x"), (b"Content-Length", b"0"), (b"Close", b"1")]
        head = _request(
            b"X-Foo, host, content-length",
            *kept,
            (b"x-foo", b"1"),
            (b"Keep-Alive", b"timeout=5"),
            (b"Upgrade", b"x"),
            (b"TE", b"trailers"),
            (b"Proxy-Connection", b"x"),
            (b"Transfer-Encoding", b"chunked"),
        )
        removeHopByHop(head.fields)
        self.assertEqual(list(head.fields), kept)

    def test_upgrade(self) -> None:
        """An upgrade needs both fields, and HTTP/1.1."""
        socket = (b"Upgrade", b"WebSocket")
        self.assertEqual(upgrade(_request(b"keep-alive, Upgrade", socket)), b"WebSocket")
        self.assertEqual(upgrade(_request(b"upgrade", socket, (b"upgrade", b"x/1"))), b"WebSocket, x/1")
        self.assertIsNone(upgrade(_request(b"close", socket)))
        self.assertIsNone(upgrade(_request(b"upgrade")))
        self.assertIsNone(upgrade(_request(b"upgrade", socket, version=b"HTTP/1.0")))
