"""SOCKS5, the header in front of each datagram between a client and the proxy's relay (RFC 1928, section 7)."""

from __future__ import annotations

from frp.errors import RemoteWireError
from frp.values import frozen
from frp.wire.socks5.client import packAddress, readAddress

__all__ = ["Carried", "readDatagram", "writeDatagram"]


@frozen
class Carried:
    """
    A datagram on its way through a relay.

    @ivar host: an IP address or a name: where a client's goes to, or where an answer comes from.
    """

    host: str
    port: int
    data: bytes


def readDatagram(datagram: bytes) -> Carried:
    """
    @raise RemoteWireError: there is no such header, or this is a fragment; a relay that does not put fragments together
        has to drop them. The text is one of few.
    """
    if len(datagram) < 3 or datagram[:2] != b"\0\0":
        raise RemoteWireError("no SOCKS5 header in front of a datagram")
    if datagram[2]:
        raise RemoteWireError("a fragment of a SOCKS5 datagram")
    try:
        # An address takes no more than this.
        read = readAddress(datagram[3 : 3 + 2 + 255 + 2])
    except RemoteWireError as error:
        raise RemoteWireError("no address in the SOCKS5 header of a datagram", error.detail) from error
    if read is None:
        raise RemoteWireError("the SOCKS5 header of a datagram is cut off")
    host, port, size = read
    return Carried(host, port, datagram[3 + size :])


def writeDatagram(carried: Carried) -> bytes:
    """@raise frp.errors.LocalWireError: the address cannot be said in SOCKS5."""
    return b"\0\0\0" + packAddress(carried.host, carried.port) + carried.data
