"""
The HTTP request that a WebSocket begins with, and the answer (RFC 6455, 4), as frp's reference asks and answers with
C{golang.org/x/net/websocket}.

Both ends name the same path. There are no extensions and no subprotocols.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from hashlib import sha1
from http import HTTPStatus

from frp.errors import LocalWireError
from frp.values import frozen
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead
from frp.wire.sniff import WEBSOCKET

__all__ = ["Answer", "acceptKey", "answerTo", "answerToNone", "newKey", "requestFor"]

_PATH = WEBSOCKET.split()[1]

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

_HOST = re.compile(rb"[!-~]+")

#: The zone of an IPv6 address, which means something on its machine only (RFC 6874).
_ZONE = re.compile("%[^]]*(?=])")

#: What Go takes for a URL in a request: with a scheme, or from the root on.
_URL = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:.+|/.*|\*")


def newKey() -> bytes:
    """@return: what tells this request from every other one."""
    return b64encode(os.urandom(16))


def acceptKey(key: bytes) -> bytes:
    """@return: how a server shows that it has understood the request with this key."""
    return b64encode(sha1(key + _MAGIC, usedforsecurity=False).digest())


def requestFor(host: str, key: bytes) -> bytes:
    """
    @param host: with a port, if it is not that of the scheme.
    @return: the reference's request, byte for byte.
    @raise LocalWireError: the host cannot stand in a request.
    """
    host = _ZONE.sub("", host)
    try:
        name = host.encode("ascii") if host.isascii() else _inDNS(*host.partition(":"))
    except UnicodeError:
        name = b""
    if not _HOST.fullmatch(name):
        raise LocalWireError("the host cannot stand in an HTTP request", f"a websocket takes no host like {host!r}")
    return (
        b"%b HTTP/1.1\r\nHost: %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %b\r\n"
        b"Origin: http://%b\r\nSec-WebSocket-Version: 13\r\n\r\n" % (WEBSOCKET, name, key, name.lower())
    )


def _inDNS(name: str, colon: str, port: str) -> bytes:
    return name.encode("idna") + (colon + port).encode("ascii")


@frozen
class Answer:
    """
    What a server says.

    @ivar refusal: why there is no stream, for the log; empty where there is one.
    """

    data: bytes
    refusal: str = ""


def answerTo(head: RequestHead) -> Answer:
    """The reference's answer to a request; the method is C{GET}, since nothing else is looked at here."""
    fields = head.fields
    if not _isPath(head.target):
        return _NOT_FOUND
    if (fields.get(b"upgrade") or b"").lower() != b"websocket" or b"upgrade" not in _connection(fields):
        return _refused(b"400 Bad Request", "not websocket protocol")
    key = fields.get(b"sec-websocket-key")
    if not key:
        return _refused(b"400 Bad Request", "mismatch challenge/response")
    if fields.get(b"sec-websocket-version") != b"13":
        return _refused(b"400 Bad Request\r\nSec-WebSocket-Version: 13", "missing or bad WebSocket Version")
    if not _isURL(fields.get(b"origin") or b""):
        return Answer(b"HTTP/1.1 403 Forbidden\r\n\r\n", "no Origin, or none that is a URL")
    offered = (fields.get(b"sec-websocket-protocol") or b"").split(b",")
    if len(offered) > 1:
        return Answer(b"HTTP/1.1 400 Bad Request\r\n\r\n", "more than one subprotocol")
    chosen = b"Sec-WebSocket-Protocol: %b\r\n" % offered[0].strip() if offered[0].strip() else b""
    return Answer(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n%b\r\n" % (acceptKey(key), chosen)
    )


def answerToNone(error: HTTPWireError) -> Answer:
    """The same where what came is no request."""
    text = f"{error.status} {HTTPStatus(error.status).phrase}"
    head = f"HTTP/1.1 {text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n{text}"
    return Answer(head.encode(), error.detail)


def _refused(status: bytes, text: str) -> Answer:
    return Answer(b"HTTP/1.1 %b\r\n\r\n%b" % (status, text.encode()), text)


_NOT_FOUND = Answer(
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    b"Connection: close\r\nContent-Length: 19\r\n\r\n404 page not found\n",
    "404 page not found",
)


def _isPath(target: bytes) -> bool:
    return target.partition(b"?")[0] == _PATH


def _connection(fields: Fields) -> bytes:
    """As in the reference the first such field counts, and the word may be a part of another."""
    return (fields.get(b"connection") or b"").lower()


def _isURL(text: bytes) -> bool:
    """Browsers and frpc send one; what says C{null}, or a host alone, is refused by the reference."""
    return _URL.fullmatch(text) is not None
