"""Numbers of one to eight bytes, whose first two bits say how many (RFC 9000, section 16)."""

from __future__ import annotations

__all__ = ["readVarint", "varint"]


def varint(value: int) -> bytes:
    """@param value: below 2**62."""
    if value < 0x40:
        return bytes((value,))
    if value < 0x4000:
        return (value | 0x4000).to_bytes(2, "big")
    if value < 0x4000_0000:
        return (value | 0x8000_0000).to_bytes(4, "big")
    return (value | 0xC000_0000_0000_0000).to_bytes(8, "big")


def readVarint(data: bytes, at: int) -> tuple[int, int]:
    """
    @return: the number, and where the next thing begins.
    @raise IndexError: C{data} ends before.
    """
    first = data[at]
    if first < 0x40:
        return first, at + 1
    size = 1 << (first >> 6)
    end = at + size
    if end > len(data):
        raise IndexError("a number is cut")
    return int.from_bytes(data[at:end], "big") & ((1 << (8 * size - 2)) - 1), end
