"""The first packet of a client (RFC 9000, section 17.2.2)."""

from __future__ import annotations

from frp.transports.quic.headers import longHeader
from frp.transports.quic.varint import readVarint
from frp.values import frozen

__all__ = ["Initial", "initialOf"]

#: The shortest connection id that a client may choose for us, and the longest of all.
_SHORTEST, _LONGEST = 8, 20

#: The type of a first packet, by the version: the third and fourth bit of the first byte.
_TYPES = {0x00000001: 0, 0x6B3343CF: 1}


@frozen
class Initial:
    """
    @ivar name: the connection id that the client has chosen for us, or was told in a Retry.
    @ivar source: its own.
    @ivar token: what it was told in a Retry; empty for none.
    """

    version: int
    name: bytes
    source: bytes
    token: bytes


def initialOf(datagram: bytes) -> Initial | None:
    """@return: None where the datagram does not begin with such a packet."""
    header = longHeader(datagram)
    if header is None:
        return None
    first, version, name, source = header
    if not first & 0x40 or (first >> 4) & 3 != _TYPES.get(version):
        return None
    if not _SHORTEST <= len(name) <= _LONGEST or len(source) > _LONGEST:
        return None
    at = 7 + len(name) + len(source)
    try:
        size, at = readVarint(datagram, at)
    except IndexError:
        return None
    token = datagram[at : at + size]
    return Initial(version, name, source, token) if len(token) == size else None
