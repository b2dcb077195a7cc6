"""Acknowledgements: the frame that we send, and those that come (RFC 9000, section 19.3)."""

from __future__ import annotations

from collections.abc import Sequence

from frp.transports.quic.varint import readVarint, varint

__all__ = ["ackFrame", "readAck"]

#: Older ranges are left out: their packets were lost, and their bytes have come again.
MAX_RANGES = 32


def ackFrame(ranges: Sequence[range], delay: int) -> bytes:
    """
    @param ranges: of packet numbers that have come, ascending.
    @param delay: since the latest of them, in units of the exponent that we announced.
    """
    told = ranges[-MAX_RANGES:][::-1]
    latest = told[0]
    parts = [
        b"\x02",
        varint(latest.stop - 1),
        varint(delay),
        varint(len(told) - 1),
        varint(latest.stop - latest.start - 1),
    ]
    before = latest.start
    for each in told[1:]:
        parts += (varint(before - each.stop - 1), varint(each.stop - each.start - 1))
        before = each.start
    return b"".join(parts)


def readAck(data: bytes, at: int, ecn: bool) -> tuple[list[tuple[int, int]], int, int]:
    """
    @param at: behind the type of the frame.
    @param ecn: whether counts of congestion marks follow; they are passed over.
    @return: the first and the last number of each range, the latest range first; the delay; where the frame ends.
    @raise IndexError: it is cut.
    @raise ValueError: a range is below zero.
    """
    latest, at = readVarint(data, at)
    delay, at = readVarint(data, at)
    count, at = readVarint(data, at)
    size, at = readVarint(data, at)
    first = latest - size
    ranges = [(first, latest)]
    for _ in range(count):
        gap, at = readVarint(data, at)
        size, at = readVarint(data, at)
        last = first - gap - 2
        first = last - size
        ranges.append((first, last))
    if first < 0:
        raise ValueError("an acknowledgement of packets below zero")
    if ecn:
        for _ in range(3):
            _, at = readVarint(data, at)
    return ranges, delay, at
