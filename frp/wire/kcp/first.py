"""Datagrams of conversations that nobody knows of."""

from __future__ import annotations

from frp.wire.kcp.segments import (
    ASK,
    CONTROL,
    DATA_SHARD,
    HEAD,
    HEAD_SIZE,
    PARITY_SHARD,
    PUSH,
    SHARD,
    SHARD_SIZE,
    TELL,
    Control,
)

__all__ = ["begins", "conversationOf", "unknown"]

#: How many segments the reference sends before the first answer; they may overtake each other.
_FIRST_FLIGHT = 32


def conversationOf(datagram: bytes) -> int | None:
    """@return: what a datagram calls its conversation; None where it does not, as parity does not."""
    if len(datagram) < HEAD_SIZE:
        return None
    kind = datagram[4] | datagram[5] << 8
    if kind == PARITY_SHARD:
        return None
    at = 0
    if kind == DATA_SHARD:
        at = SHARD_SIZE
        if len(datagram) < at + HEAD_SIZE:
            return None
    return int.from_bytes(datagram[at : at + 4], "little")


def begins(datagram: bytes) -> bool:
    """Whether a datagram that names its conversation may be one of the first of a new one."""
    at, end = _segments(datagram)
    if end - at < HEAD_SIZE:
        return False
    _, command, fragment, _, _, number, una, length = HEAD.unpack_from(datagram, at)
    plausible: bool = number < _FIRST_FLIGHT and una == 0 and 0 < length <= end - at - HEAD_SIZE
    return plausible and command == PUSH and fragment == 0


def unknown(datagram: bytes) -> bytes | None:
    """
    @return: the answer to somebody who goes on with a conversation that is none here: a program that was started again
        has forgotten all. It is never longer than what it answers, and never answered itself.
    """
    at, end = _segments(datagram)
    if end - at < HEAD_SIZE:
        return None
    conversation, command, _, _, stamp, _, _, _ = HEAD.unpack_from(datagram, at)
    if command not in (PUSH, ASK, TELL):
        return None
    return HEAD.pack(conversation, CONTROL, Control.GONE, 0, stamp, 0, 0, 0)


def _segments(datagram: bytes) -> tuple[int, int]:
    """Where the segments begin and end, as the datagram has it."""
    if datagram[4] | datagram[5] << 8 != DATA_SHARD:
        return 0, len(datagram)
    size = SHARD.unpack_from(datagram)[2]
    return SHARD_SIZE, min(len(datagram), SHARD_SIZE - 2 + size)
