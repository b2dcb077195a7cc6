"""Version 1 of the framing: a type byte, the length of the JSON in eight bytes, the JSON."""

from __future__ import annotations

from struct import Struct
from typing import TypeVar, cast

from frp.errors import LocalWireError, RemoteWireError
from frp.wire.messages import V1_TYPES, Message, fromJSON, largestField, toJSON

__all__ = ["LIMIT", "FrameReader", "encode"]

LIMIT = 10240
"""Bytes of JSON in a message. The reference checks it only where it reads, and then ends the whole connection."""

M = TypeVar("M", bound=Message)

_LENGTH = Struct(">q")
_HEADER = 1 + _LENGTH.size

_ADVICE = {
    "Login": "configure fewer or shorter metadatas",
    "NewProxy": "configure fewer or shorter domains, locations, headers, metadatas or annotations, or split the proxy",
    "UDPPacket": "datagrams above about 7500 bytes do not fit: lower udpPacketSize, or use transport.wireProtocol v2",
    "NatHoleVisitor": "offer fewer addresses",
    "NatHoleClient": "offer fewer addresses",
    "NatHoleResp": "offer fewer addresses",
}


def encode(message: Message) -> bytes:
    body = toJSON(message)
    if len(body) > LIMIT:
        raise _tooLong(message, len(body))
    return message.v1Type + _LENGTH.pack(len(body)) + body


def _tooLong(message: Message, size: int) -> LocalWireError:
    name = type(message).__name__
    field, share = largestField(message)
    advice = _ADVICE.get(name, f"shorten {field}")
    return LocalWireError(
        f"{name} is too long: {size} bytes, at most {LIMIT} can be sent",
        f"{name} not sent: it takes {size} bytes and the peer would end the connection above {LIMIT}; "
        f"{share} of them are {field}: {advice}",
    )


class FrameReader:
    """
    A L{MessageReader<frp.wire.dialect.MessageReader>}. Header and length are judged before the body comes.

    @param limit: bytes of JSON in a message.
    @param roomFor: how many bytes may still lie here, unpulled, when more come; a message of the full length, if not
        said.
    """

    def __init__(self, limit: int = LIMIT, roomFor: int | None = None) -> None:
        self._limit = limit
        self._roomFor = _HEADER + limit if roomFor is None else roomFor
        self._buffer = bytearray()
        self._failure: RemoteWireError | None = None

    def receive(self, data: bytes) -> None:
        if self._failure is not None:
            return
        if len(self._buffer) > self._roomFor:
            raise LocalWireError(
                "unread messages pile up",
                f"{len(self._buffer)} bytes of messages lie unread, room is for {self._roomFor}",
            )
        self._buffer += data

    def nextMessage(self) -> Message | None:
        return self._next(None)

    def nextAs(self, cls: type[M]) -> M | None:
        """
        The next message, read as C{cls} whatever its type byte says, as long as the byte is a known one. The reference
        reads so wherever it waits for one certain message: a Ping among datagrams is an empty datagram without an
        address.
        """
        return cast("M | None", self._next(cls))

    def takeRest(self) -> bytes:
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _next(self, cls: type[Message] | None) -> Message | None:
        if self._failure is not None:
            raise self._failure
        try:
            return self._read(cls)
        except RemoteWireError as failure:
            self._failure = failure
            self._buffer.clear()
            raise

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
