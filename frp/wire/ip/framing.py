"""Packets of IP on a stream: the length of each in four bytes, the lowest first, and the packet."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from frp.errors import RemoteWireError

__all__ = ["MOST", "PacketReader", "framed"]

#: Bytes of the longest packet; the reference's limit, and far more than IP allows.
MOST = 1 << 20

_LENGTH = Struct("<I")


def framed(packets: Iterable[bytes]) -> bytes:
    """@return: the packets, none of which is empty, as they travel."""
    pack = _LENGTH.pack
    return b"".join([piece for packet in packets for piece in (pack(len(packet)), packet)])


class PacketReader:
    """From whatever part of a stream has come, to packets. No more than one packet is kept until the rest comes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._need = 0

    def receive(self, data: bytes) -> list[bytes]:
        """
        @return: the packets that are complete now.
        @raise RemoteWireError: a length that is none; nothing can be read after that.
        """
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._need:
                return []
            data = bytes(rest)
            rest.clear()
        packets = []
        at, end, need = 0, len(data), 4
        while end - at >= 4:
            (size,) = _LENGTH.unpack_from(data, at)
            if not 0 < size <= MOST:
                raise RemoteWireError("wrong length of a packet", f"a packet of {size} bytes; it has 1 to {MOST}")
            need = 4 + size
            if end - at < need:
                break
            packets.append(data[at + 4 : at + need])
            at += need
            need = 4
        rest += data[at:]
        self._need = need
        return packets
