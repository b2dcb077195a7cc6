"""
Where the body of an HTTP/1.1 message ends (RFC 9112, section 6.3).

Two programs that disagree about it let one user put requests into another's mouth, so whatever could be read in two
ways is refused.
"""

from __future__ import annotations

from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import Fields

__all__ = ["CHUNKED", "UNTIL_CLOSE", "checkLength", "declared"]

CHUNKED = -1
"""The body comes in chunks."""

UNTIL_CLOSE = -2
"""The body ends with the connection; only a response's may."""

_DIGITS = b"0123456789"


def declared(fields: Fields, version: bytes, status: int) -> int | None:
    """
    The framing that the fields declare, whatever the message.

    @param status: what a contradiction is answered with.
    @return: the number of bytes, C{CHUNKED}, or L{None} when nothing is declared.
    """
    length = fields.get(b"content-length")
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        _checkCoding(fields, coding, version, status)
        return CHUNKED
    if length is None:
        return None
    checkLength(length, status)
    if fields.repeated(b"content-length"):
        raise HTTPWireError(status, "repeated Content-Length", "Content-Length stands more than once")
    return int(length)


def checkLength(length: bytes, status: int) -> None:
    """@raise HTTPWireError: not digits alone. 18 are more than anyone sends, and fit everywhere a length is kept."""
    if not length or len(length) > 18 or length.translate(None, _DIGITS):
        raise HTTPWireError(status, "malformed Content-Length", f"Content-Length is {length[:60]!r}")


def _checkCoding(fields: Fields, coding: bytes, version: bytes, status: int) -> None:
    if b"content-length" in fields:
        raise HTTPWireError(status, "both Content-Length and Transfer-Encoding", "the length is declared in two ways")
    if version == b"HTTP/1.0":
        raise HTTPWireError(status, "Transfer-Encoding in HTTP/1.0", "HTTP/1.0 knows no Transfer-Encoding")
    if fields.repeated(b"transfer-encoding"):
        raise HTTPWireError(status, "repeated Transfer-Encoding", "Transfer-Encoding stands more than once")
    if coding.lower() != b"chunked":
        raise HTTPWireError(
            status if status == 502 else 501,
            "unsupported Transfer-Encoding",
            f"Transfer-Encoding is {coding[:60]!r}; only chunked is understood",
        )
