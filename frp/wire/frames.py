"""Version 1 of the framing: a type byte, the length of the JSON in eight bytes, the JSON."""

from __future__ import annotations

from struct import Struct

from frp.errors import RemoteWireError
from frp.wire.messages import V1_TYPES, Message, fromJSON, toJSON
from frp.wire.reader import Reader
from frp.wire.toolong import tooLong

__all__ = ["LIMIT", "FrameReader", "encode"]

LIMIT = 10240
"""Bytes of JSON in a message. The reference checks it only where it reads, and then ends the whole connection."""

_LENGTH = Struct(">q")
_HEADER = 1 + _LENGTH.size

_DATAGRAMS = "datagrams above about 7500 bytes do not fit: lower udpPacketSize, or use transport.wireProtocol v2"


def encode(message: Message) -> bytes:
    body = toJSON(message)
    if len(body) > LIMIT:
        raise tooLong(message, len(body), LIMIT, _DATAGRAMS)
    return message.v1Type + _LENGTH.pack(len(body)) + body


class FrameReader(Reader):
    """
    A L{MessageReader<frp.wire.dialect.MessageReader>}. Header and length are judged before the body comes.

    C{nextAs} reads the next message as what is expected whatever its type byte says, as long as the byte is a known
    one. The reference reads so wherever it waits for one certain message: a Ping among datagrams is an empty datagram
    without an address.

    @param limit: bytes of JSON in a message.
    @param roomFor: how many bytes may still lie here, unpulled, when more come; a message of the full length, if not
        said.
    """

    def __init__(self, limit: int = LIMIT, roomFor: int | None = None) -> None:
        super().__init__(_HEADER + limit if roomFor is None else roomFor)
        self._limit = limit

    def _read(self, cls: type[Message] | None) -> Message | None:
        buffer = self._buffer
        if not buffer:
            return None
        kind = V1_TYPES.get(buffer[0])
        if kind is None:
            raise RemoteWireError(
                "message type error", f"message type error: the peer sent byte {buffer[0]:#04x} where a message starts"
            )
        if len(buffer) < _HEADER:
            return None
        (length,) = _LENGTH.unpack_from(buffer, 1)
        if length > self._limit:
            raise RemoteWireError(
                "message length exceed the limit",
                f"message length exceed the limit: the peer announced a {kind.__name__} of {length} bytes, "
                f"at most {self._limit} are allowed",
            )
        if length < 0:
            raise RemoteWireError(
                "message length error", f"message length error: the peer announced a {kind.__name__} of {length} bytes"
            )
        end = _HEADER + length
        if len(buffer) < end:
            return None
        body = bytes(buffer[_HEADER:end])
        del buffer[:end]
        return fromJSON(kind if cls is None else cls, body)
