"""
The heads of HTTP/2 messages. What is malformed is tried with whole connections, in L{frp.test.http.h2.test_connection}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import LocalWireError
from frp.test.wire.http.making import fields
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.h2head import encodeResponse, encodeTrailers, readRequestFields, readTrailerFields
from frp.wire.http.head import RequestHead

_GET = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x")]
_parts = st.binary(max_size=6) | st.sampled_from([b"te", b"host", b"cookie", b"content-length", b":path", b"x", b"1"])


class HeadTests(SynchronousTestCase):
    """Field lists in and out."""

    @given(st.lists(st.tuples(_parts, _parts), max_size=4))
    def test_safeInHTTP1(self, pairs: list[tuple[bytes, bytes]]) -> None:
        """A request that was taken can be sent on in HTTP/1.1 as one request; any other is refused."""
        try:
            head = readRequestFields(_GET + pairs)
        except HTTPWireError as error:
            self.assertEqual(error.status, 400)
        else:
            RequestHead(head.method, head.target, head.fields).encode()

    @given(fields)
    def test_roundTrip(self, behind: Fields) -> None:
        """Trailers that were written are read, with their names in lower case."""
        try:
            read = readTrailerFields(encodeTrailers(behind))
        except HTTPWireError:
            return
        self.assertEqual(read.pairs, [(name.lower(), value) for name, value in behind])

    def test_response(self) -> None:
        """What belongs to HTTP/1 connections is left out."""
        given = Fields([(b"Connection", b"x"), (b"X", b" 1 "), (b"Transfer-Encoding", b"chunked"), (b"Upgrade", b"y")])
        self.assertEqual(encodeResponse(204, given), [(b":status", b"204"), (b"x", b"1")])
        self.assertEqual(encodeResponse(100, None), [(b":status", b"100")])

    def test_refused(self) -> None:
        """What would be malformed is not sent."""
        for pair in ((b"", b""), (b"a b", b""), (b":status", b"200"), (b"x", b"\r\n"), (b"x", b"\x00")):
            with self.assertRaises(LocalWireError):
                encodeTrailers(Fields([pair]))
