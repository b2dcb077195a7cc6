"""
A C{CONNECT} request, as a server of nothing else reads it: more clients than browsers say it, and some say it loosely.
"""

from __future__ import annotations

import attrs

from frp.values import frozen
from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import readFields
from frp.wire.http.reader import HeadReader
from frp.wire.http.target import readBasic

__all__ = ["ConnectRequest", "connectReader"]


@frozen
class ConnectRequest:
    """
    Whom a client wants, and who it claims to be.

    @ivar host: as it was said, with its port if it has one.
    @ivar user: and C{password}, of C{Proxy-Authorization}; both empty where it has none.
    """

    host: str
    user: str = ""
    password: str = attrs.field(default="", repr=False)


def connectReader() -> HeadReader[ConnectRequest]:
    """Reads one; what comes behind it is the client's own."""
    return HeadReader(_read, 400)


def _read(block: bytes) -> ConnectRequest:
    """As the reference, and unlike a server of HTTP: a request of HTTP/1.1 may lack its Host, and a target its port."""
    line, *lines = block.split(b"\r\n")
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[1] or not parts[2].startswith(b"HTTP/1."):
        raise HTTPWireError(400, "malformed request line", f"the request line is {line[:100]!r}")
    if parts[0] != b"CONNECT":
        raise HTTPWireError(405, "only CONNECT is understood", f"the method is {parts[0][:60]!r}, not CONNECT")
    fields = readFields(lines, 400)
    host = parts[1] if not parts[1].startswith(b"/") else fields.get(b"host") or b""
    user, password = readBasic(fields.get(b"proxy-authorization")) or (b"", b"")
    return ConnectRequest(_text(host), _text(user), _text(password))


def _text(name: bytes) -> str:
    """Domains and names in configurations are Unicode; what is no UTF-8 equals none of them."""
    return name.decode("utf-8", "surrogateescape")
