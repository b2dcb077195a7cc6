"""Where a packet of IP comes from and where it goes. Addresses are packed: four bytes, or sixteen."""

from __future__ import annotations

__all__ = ["destination", "isMulticast", "source"]


def source(packet: bytes) -> bytes:
    """@return: who sent it; empty where this is no packet of IPv4 or IPv6, or not all of its header."""
    size = len(packet)
    first = packet[0] if size else 0
    if 0x45 <= first < 0x50 and size >= (first & 15) * 4:
        return packet[12:16]
    return packet[8:24] if first >> 4 == 6 and size >= 40 else b""


def destination(packet: bytes) -> bytes:
    """@return: who is to get it; empty as above."""
    size = len(packet)
    first = packet[0] if size else 0
    if 0x45 <= first < 0x50 and size >= (first & 15) * 4:
        return packet[16:20]
    return packet[24:40] if first >> 4 == 6 and size >= 40 else b""


def isMulticast(address: bytes) -> bool:
    """Whether it means many; the broadcasts of IPv4 networks, which nobody can tell by the address, are not seen."""
    return address[0] == 0xFF if len(address) == 16 else address[0] >= 0xE0
