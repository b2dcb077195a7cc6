"""
Version 1 as a dialect: the frames of L{frp.wire.frames}, the datagrams of L{frp.wire.packets}, and after the login
AES-128-CFB in both directions.
"""

from __future__ import annotations

from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.dialect import Bootstrap, Dialect, MessageReader, Opening, PacketReader, PacketWriter, Seal
from frp.wire.frames import LIMIT, FrameReader, encode
from frp.wire.keys import tokenKey
from frp.wire.messages import Message
from frp.wire.packets import PacketReader as V1PacketReader
from frp.wire.packets import PacketWriter as V1PacketWriter

__all__ = ["V1"]


class _Opening:
    """Nothing is agreed on: the first message is a message like others."""

    def __init__(self) -> None:
        self.reader: MessageReader = FrameReader()

    def first(self, message: Message) -> bytes:
        return encode(message)

    def owed(self) -> bytes:
        return b""

    def seal(self, key: bytes) -> Seal:
        derived = tokenKey(key)
        return Encryptor(derived).encrypt, Decryptor(derived).decrypt


class _V1:
    name = "v1"
    since = ""
    limit = LIMIT

    def opening(self, *, opener: bool, bootstrap: Bootstrap | None = None) -> Opening:
        return _Opening()

    def encode(self, message: Message) -> bytes:
        return encode(message)

    def reader(self) -> MessageReader:
        return FrameReader()

    def packetWriter(self) -> PacketWriter:
        return V1PacketWriter()

    def packetReader(self) -> PacketReader:
        return V1PacketReader()


V1: Dialect = _V1()
