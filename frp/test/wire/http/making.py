"""Hypothesis strategies for HTTP/1.1 messages, and what a reader makes of bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from frp.wire.http.body import BodyReader
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, TOKEN, Fields
from frp.wire.http.head import RequestHead, ResponseHead
from frp.wire.http.reader import HeadReader

__all__ = ["bodyEvents", "fields", "headEvents", "requests", "responses", "tokens", "values"]

_OWN = (b"host", b"content-length", b"transfer-encoding")
_HOSTS = st.sampled_from([b"", b"a.example", b"a.example:8080", b"[::1]:80", b"10.0.0.1"])
_DECLARED = st.sampled_from(
    [(), (), ((b"Content-Length", b"0"),), ((b"content-LENGTH", b"17"),), ((b"Transfer-Encoding", b"Chunked"),)]
)


def _bytesOf(letters: bytes, least: int = 0, most: int = 20) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(letters), min_size=least, max_size=most).map(bytes)


tokens = _bytesOf(TOKEN, 1, 12)
values = _bytesOf(TEXT).map(lambda value: value.strip(b" \t"))
_pairs = st.lists(st.tuples(tokens.filter(lambda name: name.lower() not in _OWN), values), max_size=6)
fields = _pairs.map(Fields)


@st.composite
def requests(draw: st.DrawFn) -> RequestHead:
    """The head of any valid request."""
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0"]))
    declared = draw(_DECLARED.filter(lambda pairs: version == b"HTTP/1.1" or not pairs or pairs[0][1] != b"Chunked"))
    pairs = draw(_pairs)
    pairs[len(pairs) // 2 : len(pairs) // 2] = [*declared, (draw(st.sampled_from([b"Host", b"hOST"])), draw(_HOSTS))]
    target = draw(_bytesOf(bytes(set(TEXT) - set(b" \t")), 1))
    return RequestHead(draw(tokens), target, Fields(pairs), version)


@st.composite
def responses(draw: st.DrawFn) -> ResponseHead:
    """The head of any valid response."""
    pairs = [*draw(_pairs), *draw(_DECLARED)]
    return ResponseHead(draw(st.integers(100, 999)), draw(values), Fields(pairs))


def headEvents(
    reader: HeadReader[RequestHead] | HeadReader[ResponseHead], parts: list[bytes]
) -> tuple[list[RequestHead | ResponseHead], int, bytes]:
    """The heads that lie behind each other in these parts, the status of an error, and what is left."""
    heads: list[RequestHead | ResponseHead] = []
    rest = b""
    try:
        for part in parts:
            rest = part
            while rest:
                head = reader.receive(rest)
                rest = reader.rest
                if head is not None:
                    heads.append(head)
    except HTTPWireError as error:
        return heads, error.status, b""
    return heads, 0, rest


def bodyEvents(reader: BodyReader, parts: list[bytes]) -> tuple[bytes, bool, Fields | None, bytes, str]:
    """The body, whether it is whole, its trailers, what lies behind it, and the words of an error."""
    body, rest = [], b""
    try:
        for part in parts:
            if reader.done:
                rest += part
            else:
                got = reader.receive(part)
                assert all(got)
                body += got
        return b"".join(body), reader.done, reader.trailers, (reader.rest if reader.done else b"") + rest, ""
    except HTTPWireError as error:
        # What came in the same turn as the error is not told.
        return b"", False, None, b"", error.brief
