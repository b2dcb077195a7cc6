"""
Version 2 as a dialect: the frames of L{frp.wire.v2.frames}, datagrams in them, and after the login an authenticated
encryption in both directions.
"""

from __future__ import annotations

from os import uname

from frp.wire import packets
from frp.wire.dialect import Bootstrap, Dialect, MessageReader, PacketReader, PacketWriter
from frp.wire.dialect import Opening as AnyOpening
from frp.wire.messages import Message
from frp.wire.v2.frames import LIMIT, FrameReader, encode
from frp.wire.v2.opening import Answering, Opening
from frp.wire.v2.packets import PACKETS

__all__ = ["V2"]

_AES, _XCHACHA = "aes-256-gcm", "xchacha20-poly1305"


def preferred(machine: str) -> tuple[str, ...]:
    """
    The algorithms, the faster first. The reference asks the processor itself; here its kind is enough, for what little
    is sealed.

    @param machine: as C{uname -m} says it.
    """
    return (_AES, _XCHACHA) if machine in ("x86_64", "aarch64", "arm64", "s390x", "ppc64le") else (_XCHACHA, _AES)


class _V2:
    """@ivar algorithms: what is offered to seal control messages, the best first."""

    name = "v2"
    since = "v0.69.0"
    limit = LIMIT

    def __init__(self) -> None:
        self.algorithms = preferred(uname().machine)

    def opening(self, *, opener: bool, bootstrap: Bootstrap | None = None) -> AnyOpening:
        return Opening(bootstrap or Bootstrap(), self.algorithms) if opener else Answering()

    def encode(self, message: Message) -> bytes:
        return encode(message)

    def reader(self) -> MessageReader:
        return FrameReader()

    def packetWriter(self) -> PacketWriter:
        return packets.PacketWriter(PACKETS)

    def packetReader(self) -> PacketReader:
        return packets.PacketReader(PACKETS)


V2: Dialect = _V2()
