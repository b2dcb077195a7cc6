"""Datagrams in version 2 of the framing."""

from __future__ import annotations

from struct import Struct

from frp.wire.messages import V2_NUMBERS, UDPPacket
from frp.wire.packets import Framing
from frp.wire.v2.frames import LIMIT, MESSAGE, PAYLOAD, FrameReader, encode

__all__ = ["PACKETS"]

# The type, and no flags.
_LEAD = MESSAGE << 16

_FRAME = Struct(">II")
_COUNTED = 2


def _plausible(lead: int, length: int) -> bool:
    return lead == _LEAD and _COUNTED <= length <= PAYLOAD


def _hopeless(rest: bytes) -> bool:
    if len(rest) < _FRAME.size:
        return False
    lead: int
    length: int
    lead, length = _FRAME.unpack_from(rest)
    if length < _COUNTED and lead == _LEAD:
        return len(rest) >= _FRAME.size + length
    return not _plausible(lead, length)


PACKETS = Framing(
    header=Struct(">IIH"),
    lead=_LEAD,
    mark=next(number for number, message in V2_NUMBERS.items() if message is UDPPacket),
    counted=_COUNTED,
    limit=LIMIT,
    plausible=_plausible,
    hopeless=_hopeless,
    encode=encode,
    reader=FrameReader,
)
