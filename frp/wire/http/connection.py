"""What the fields of an HTTP/1.1 message say about its connection, and which of them concern this connection only."""

from __future__ import annotations

from frp.wire.http.fields import Fields
from frp.wire.http.head import RequestHead, ResponseHead

__all__ = ["HOP_BY_HOP", "keepsAlive", "removeHopByHop", "upgrade"]

HOP_BY_HOP = (
    b"connection",
    b"proxy-connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
)
"""The fields of one connection, as in Go's reverse proxy."""

# A Connection field that names these would change what the next server takes the message for.
_NOT_TO_NAME = (b"host", b"content-length")


def keepsAlive(head: RequestHead | ResponseHead) -> bool:
    """
    Whether the sender lets the connection live after this message.

    For a response whose body ends with the connection, that is for the caller to know.
    """
    options = head.fields.members(b"connection")
    if head.version == b"HTTP/1.0":
        return b"keep-alive" in options and b"close" not in options
    return b"close" not in options


def removeHopByHop(fields: Fields) -> None:
    """Drop what concerns this connection only: the well-known fields, and those that C{Connection} names."""
    named = [name for name in fields.members(b"connection") if name not in _NOT_TO_NAME]
    fields.remove(*HOP_BY_HOP, *named)


def upgrade(head: RequestHead | ResponseHead) -> bytes | None:
    """
    The protocols that the sender wants to speak from here on: the C{Upgrade} field as it was sent.

    @return: L{None} unless C{Connection} has C{upgrade} among its members too, and in HTTP/1.0.
    """
    fields = head.fields
    protocols = fields.get(b"upgrade")
    if not protocols or head.version != b"HTTP/1.1" or b"upgrade" not in fields.members(b"connection"):
        return None
    return b", ".join(fields.all(b"upgrade"))
