"""
The heads of HTTP/2 messages (RFC 9113, section 8): field lists to the heads that HTTP/1.1 knows, and back.

What is malformed there is refused here, so that a request which goes on in HTTP/1.1 is one request.
"""

from __future__ import annotations

from collections.abc import Iterable

from frp.errors import LocalWireError
from frp.wire.http.body import checkTrailers
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TEXT, TOKEN, Fields, checkFields, isToken
from frp.wire.http.head import RequestHead, checkRequest

__all__ = ["PREFACE", "VERSION", "encodeResponse", "encodeTrailers", "readRequestFields", "readTrailerFields"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first."""

VERSION = b"HTTP/2.0"

Block = list[tuple[bytes, bytes]]

_PSEUDO = frozenset((b":method", b":scheme", b":authority", b":path"))
_CONNECTION = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
_LOWER = TOKEN.translate(None, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SCHEME = b"+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def readRequestFields(block: Iterable[tuple[bytes, bytes]]) -> RequestHead:
    """
    Read the head of a request.

    The authority becomes the C{Host} field, and stands first; the parts of a C{Cookie} are one field again.

    @raise HTTPWireError: malformed.
    """
    pseudo: dict[bytes, bytes] = {}
    pairs: Block = []
    cookies: list[bytes] = []
    for name, value in block:
        if name[:1] == b":":
            if pairs or cookies or name in pseudo or name not in _PSEUDO:
                raise _malformed(f"{name[:60]!r} is unknown, repeated, or stands behind other fields")
            pseudo[name] = value
        elif name == b"cookie":
            cookies.append(value)
        else:
            pairs.append((name, value))
    if cookies:
        pairs.append((b"cookie", b"; ".join(cookies)))
    _checkValues([*pseudo.values(), *cookies])
    method = pseudo.get(b":method", b"")
    if not isToken(method):
        raise _malformed(f"the method is {method[:60]!r}")
    target = _target(method, pseudo)
    authority = pseudo.get(b":authority")
    if authority is not None:
        pairs.insert(0, (b"host", _agreed(authority, pairs)))
    fields = _readFields(pairs)
    head = RequestHead(method, target, fields, VERSION)
    checkRequest(head)
    if not fields.get(b"host"):
        raise _malformed("there is no authority")
    return head


def readTrailerFields(block: Iterable[tuple[bytes, bytes]]) -> Fields:
    """
    Read the fields behind a body.

    @raise HTTPWireError: malformed, or a field that must not stand there.
    """
    fields = _readFields(list(block))
    checkTrailers(fields)
    return fields


def _target(method: bytes, pseudo: dict[bytes, bytes]) -> bytes:
    scheme, path = pseudo.get(b":scheme"), pseudo.get(b":path")
    if method == b"CONNECT":
        authority = pseudo.get(b":authority")
        if not authority or scheme is not None or path is not None:
            raise _malformed("CONNECT has an authority, and neither scheme nor path")
        return authority
    if not scheme or scheme.translate(None, _SCHEME):
        raise _malformed("there is no scheme, or it is none")
    if not path or b" " in path or b"\t" in path or (path[0] != 47 and (path != b"*" or method != b"OPTIONS")):
        raise _malformed(f"the path is {(path or b'')[:100]!r}")
    return path


def _agreed(authority: bytes, pairs: Block) -> bytes:
    """The authority; a Host field that says the same is taken out."""
    hosts = [pair for pair in pairs if pair[0] == b"host"]
    if hosts and hosts != [(b"host", authority)]:
        raise _malformed(f"the authority is {authority[:60]!r}, the Host another one")
    for pair in hosts:
        pairs.remove(pair)
    return authority


def _readFields(pairs: Block) -> Fields:
    fields = Fields(pairs)
    checkFields(fields, 400)
    if b"".join([name for name, _ in pairs]).translate(None, _LOWER):
        raise _malformed("a field name with capital letters")
    _checkValues([value for _, value in pairs])
    for name in _CONNECTION:
        if name in fields:
            raise _malformed(f"the field {name!r} belongs to HTTP/1.1 connections")
    if b"te" in fields and [value.lower() for value in fields.all(b"te")] != [b"trailers"]:
        raise _malformed("the field b'te' is not 'trailers'")
    return fields


def _checkValues(values: list[bytes]) -> None:
    if b"".join(values).translate(None, TEXT):
        raise _malformed("a control character in a value")
    if any(value[:1] in (b" ", b"\t") or value[-1:] in (b" ", b"\t") for value in values if value):
        raise _malformed("white space around a value")


def encodeResponse(status: int, fields: Fields | None) -> Block:
    """
    The field list of a response, without what belongs to HTTP/1.1 connections.

    @raise LocalWireError: it would be malformed.
    """
    return [(b":status", b"%d" % status), *_encode(fields)]


def encodeTrailers(fields: Fields) -> Block:
    """@raise LocalWireError: it would be malformed."""
    return _encode(fields)


def _encode(fields: Fields | None) -> Block:
    if fields is None:
        return []
    block = [(name.lower(), value.strip(b" \t")) for name, value in fields.pairs]
    if b"".join([name for name, _ in block]).translate(None, _LOWER) or not all(name for name, _ in block):
        raise LocalWireError("a field name that cannot be sent", f"cannot be sent: {block!r}")
    if b"".join([value for _, value in block]).translate(None, TEXT):
        raise LocalWireError("a field value that cannot be sent", f"cannot be sent: {block!r}")
    return [pair for pair in block if pair[0] not in _CONNECTION]


def _malformed(what: str) -> HTTPWireError:
    return HTTPWireError(400, "malformed request", f"a malformed HTTP/2 request: {what}")
