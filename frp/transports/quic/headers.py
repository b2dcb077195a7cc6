"""The part of a datagram that says whose it is, which is the same in all versions of QUIC (RFC 8999)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frp.transports.quic.interfaces import Datagram

__all__ = ["LongHeader", "longHeader", "shortRuns"]

#: First byte, version, destination and its length, source and its length.
LongHeader = tuple[int, int, bytes, bytes]


def longHeader(datagram: Datagram) -> LongHeader | None:
    """
    @return: the first byte, the version, and the connection ids of the receiver and of the sender; None where it is not
        whole.
    """
    if len(datagram) < 7:
        return None
    start = 6
    end = start + datagram[5]
    if len(datagram) <= end:
        return None
    last = end + 1 + datagram[end]
    if len(datagram) < last:
        return None
    version = int.from_bytes(datagram[1:5], "big")
    return datagram[0], version, bytes(datagram[start:end]), bytes(datagram[end + 1 : last])


def shortRuns(datagrams: Sequence[Datagram], size: int) -> Iterator[tuple[bytes, Sequence[Datagram]]]:
    """
    Those that follow each other to one connection together.

    @param size: of our connection ids.
    @return: the connection id and the datagrams with short headers; or nothing, and one with a long header.
    """
    start, name = 0, b""
    for at, datagram in enumerate(datagrams):
        if datagram[0] & 0x80 if datagram else True:
            this = b""
        elif datagram[1 : 1 + size] == name:
            continue
        else:
            this = bytes(datagram[1 : 1 + size])
        if start < at:
            yield name, datagrams[start:at]
        start, name = at, this
        if not this:
            if datagram:
                yield b"", datagrams[at : at + 1]
            start = at + 1
    if start < len(datagrams):
        yield name, datagrams[start:]
