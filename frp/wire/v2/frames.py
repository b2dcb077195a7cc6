"""
Version 2 of the framing: type, flags and length of the payload in eight bytes, the payload. That of a message is its
number in two bytes, and its JSON.
"""

from __future__ import annotations

from struct import Struct

from frp.errors import RemoteWireError
from frp.wire.messages import V2_NUMBERS, Message, fromJSON, toJSON
from frp.wire.reader import Reader
from frp.wire.toolong import tooLong

__all__ = ["CLIENT_HELLO", "LIMIT", "MESSAGE", "PAYLOAD", "SERVER_HELLO", "FrameReader", "decode", "encode", "frame"]

#: The types of frames.
CLIENT_HELLO, SERVER_HELLO, MESSAGE = 1, 2, 16

PAYLOAD = 65536
"""Bytes of payload in a frame; the reference checks it where it writes and where it reads."""

_HEADER = Struct(">HHI")
_NUMBER = Struct(">H")
_START = Struct(">HHIH")

LIMIT = PAYLOAD - _NUMBER.size
"""Bytes of JSON in a message."""

_NUMBERS = {message: number for number, message in V2_NUMBERS.items()}

_DATAGRAMS = "datagrams above about 49000 bytes do not fit: lower udpPacketSize"


def frame(kind: int, payload: bytes) -> bytes:
    """@return: a frame that is no message."""
    return _HEADER.pack(kind, 0, len(payload)) + payload


def encode(message: Message) -> bytes:
    body = toJSON(message)
    if len(body) > LIMIT:
        raise tooLong(message, len(body), LIMIT, _DATAGRAMS)
    return _START.pack(MESSAGE, 0, _NUMBER.size + len(body), _NUMBERS[type(message)]) + body


class FrameReader(Reader):
    """
    A L{MessageReader<frp.wire.dialect.MessageReader>}. Type, flags and length are judged before the payload comes.
    C{nextAs} takes no other message than what is expected.

    @param roomFor: how many bytes may still lie here, unpulled, when more come.
    """

    def __init__(self, roomFor: int = _HEADER.size + PAYLOAD) -> None:
        super().__init__(roomFor)

    def _read(self, cls: type[Message] | None) -> Message | None:
        found = self._frame(MESSAGE)
        return None if found is None else decode(found[1], cls)

    def _frame(self, *wanted: int) -> tuple[int, bytes] | None:
        """
        Take one frame from the buffer.

        @param wanted: the types that it may have.
        @return: its type, and its payload; None where more bytes are needed.
        @raise RemoteWireError: it is another one, or none.
        """
        buffer = self._buffer
        if len(buffer) < _HEADER.size:
            return None
        kind, flags, length = _HEADER.unpack_from(buffer)
        if flags:
            raise _error(f"unsupported frame flags: {flags}")
        if length > PAYLOAD:
            raise _error(f"frame payload length {length} exceeds limit {PAYLOAD}")
        if kind not in wanted:
            raise _error(f"unexpected frame type {kind}, want {wanted[-1]}")
        end = _HEADER.size + length
        if len(buffer) < end:
            return None
        payload = bytes(buffer[_HEADER.size : end])
        del buffer[:end]
        return kind, payload


def decode(payload: bytes, cls: type[Message] | None) -> Message:
    """
    @param payload: of a frame of the type L{MESSAGE}.
    @param cls: what it must be; None for any.
    @raise RemoteWireError: it is something else.
    """
    if len(payload) < _NUMBER.size:
        raise _error("message frame payload too short")
    (number,) = _NUMBER.unpack_from(payload)
    kind = V2_NUMBERS.get(number)
    if kind is None:
        raise _error(f"unknown v2 message type {number}")
    if cls is not None and kind is not cls:
        raise _error(f"unexpected message type {kind.__name__}, want {cls.__name__}")
    return fromJSON(kind, payload[_NUMBER.size :])


def _error(text: str) -> RemoteWireError:
    return RemoteWireError(text, f"the peer sent what is no frame of wire protocol v2: {text}")
