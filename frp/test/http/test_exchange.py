"""What a handler may write for the fields of a response."""

from __future__ import annotations

from h2.events import ResponseReceived
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.http.exchange import Fields, fieldsOf
from frp.test.http.h2.user import User
from frp.test.http.test_server import GET, ServerTestCase


class FieldsOfTests(SynchronousTestCase):
    """Somebody who writes a handler says what the response shall have."""

    def test_natural(self) -> None:
        """A mapping or pairs, of texts or bytes; what is repeated stays so."""
        wanted = [(b"Content-Type", b"text/plain")]
        self.assertEqual(fieldsOf({"Content-Type": "text/plain"}).pairs, wanted)
        self.assertEqual(fieldsOf({b"Content-Type": b"text/plain"}).pairs, wanted)
        self.assertEqual(
            fieldsOf([("Set-Cookie", "a"), ("Set-Cookie", "\xe4")]).pairs,
            [(b"Set-Cookie", b"a"), (b"Set-Cookie", b"\xc3\xa4")],
        )
        self.assertEqual(fieldsOf(None).pairs, [])

    def test_fields(self) -> None:
        """Fields are taken as they are."""
        fields = Fields(((b"A", b"b"),))
        self.assertIs(fieldsOf(fields), fields)

    def test_smuggled(self) -> None:
        """What would end a line, or is no name, is refused: it may come from a user."""
        for name, value in (("A", "b\r\nC: d"), ("A\r\nB", "c"), ("A b", "c"), ("", "c"), ("\xe4", "c"), ("A", "\0")):
            self.assertRaises(LocalWireError, fieldsOf, {name: value})


class ReplyTests(ServerTestCase):
    """The same, over either version of HTTP."""

    def test_plain(self) -> None:
        """HTTP/1 shows them as they are written."""
        user = self.send(GET)
        self.exchanges[0].reply(200, {"content-TYPE": "text/plain"}, b"hello")
        self.reactor.settle()
        self.assertIn(b"\r\ncontent-TYPE: text/plain\r\nContent-Length: 5\r\n", user.received)

    def test_http2(self) -> None:
        """HTTP/2 shows them in its own letters."""
        user = User()
        user.answers = lambda exchange: exchange.answer(200, {"Content-TYPE": "text/plain"})
        user.request().finish()
        user.exchange()
        self.assertEqual(dict(user.of(ResponseReceived)[0].headers)["content-type"], "text/plain")

    def test_refused(self) -> None:
        """Nothing is sent of a response that cannot be, and another one may be given."""
        user = self.send(GET)
        self.assertRaises(LocalWireError, self.exchanges[0].reply, 200, {"A": "b\r\nC: d"}, b"hello")
        self.exchanges[0].reply(500)
        self.assertEqual([one.status for one in self.heard(user)], [500])
