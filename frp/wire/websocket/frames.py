"""
WebSocket frames around a stream of bytes: a head of 2 to 14 bytes, and the payload behind it.

Head: a bit that says whether the message ends (FIN), three that must be zero, four for the kind; a bit that says
whether the payload is masked, seven for its length, or 126 and the length in 16 bits, or 127 and the length in 64; the
key of the mask, if there is one. A client masks, a server does not.

The bytes are a stream: where frames and messages end means nothing, and nothing waits for the end of one. Each write
of ours is one frame with FIN. The reference's releases before 0.70 send text where later ones, and we, send binary.
"""

from __future__ import annotations

from enum import IntEnum
from os import urandom
from struct import Struct

from frp.errors import RemoteWireError
from frp.wire.websocket.masking import masking

__all__ = ["CloseCode", "FrameReader", "Kind", "MaskingWriter", "PlainWriter", "closeBody"]

#: The most that a frame which is none of payload may carry.
CONTROL_SIZE = 125

_FIN = 0x80
_RESERVED = 0x70
_KIND = 0x0F
_MASKED = 0x80
_SIZE = 0x7F

_SHORT = Struct(">BBH").pack
_LONG = Struct(">BBQ").pack

_read16 = Struct(">H").unpack_from
_read64 = Struct(">Q").unpack_from

_mask = masking()


class Kind(IntEnum):
    """What a frame is. The first three carry payload."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class CloseCode(IntEnum):
    """Why a stream ends."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002


#: The first byte of a frame of payload, as we write it. A constant, for it is needed for each.
_BINARY = _FIN | Kind.BINARY

_ORDERLY = (CloseCode.NORMAL, CloseCode.GOING_AWAY)
_PAYLOAD = (Kind.CONTINUATION, Kind.TEXT, Kind.BINARY)
_CONTROL = (Kind.CLOSE, Kind.PING, Kind.PONG)


def closeBody(code: int) -> bytes:
    """What a close frame carries."""
    return code.to_bytes(2, "big")


def _head(first: int, bit: int, size: int) -> bytes:
    """@param bit: of the second byte, whether the payload is masked."""
    if size <= CONTROL_SIZE:
        return bytes((first, bit | size))
    if size < 0x10000:
        return _SHORT(first, bit | 126, size)
    return _LONG(first, bit | 127, size)


class PlainWriter:
    """What a server sends."""

    __slots__ = ()

    def payload(self, data: bytes) -> tuple[bytes, bytes]:
        """@return: two pieces which are a frame together."""
        return _head(_BINARY, 0, len(data)), data

    def vector(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """The same for payload in two pieces, of which the second is not copied."""
        return _head(_BINARY, 0, len(head) + len(body)) + head, body

    def control(self, kind: int, data: bytes) -> bytes:
        """@return: a frame that carries no payload."""
        return _head(_FIN | kind, 0, len(data)) + data


class MaskingWriter:
    """What a client sends."""

    __slots__ = ()

    def payload(self, data: bytes) -> tuple[bytes, bytes]:
        """As L{PlainWriter.payload}."""
        key = urandom(4)
        return _head(_BINARY, _MASKED, len(data)) + key, _mask(data, key)

    def vector(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """As L{PlainWriter.vector}; the pieces are not joined."""
        key = urandom(4)
        size = len(head)
        start = _head(_BINARY, _MASKED, size + len(body)) + key + _mask(head, key)
        turned = size & 3
        return start, _mask(body, key[turned:] + key[:turned] if turned else key)

    def control(self, kind: int, data: bytes) -> bytes:
        """As L{PlainWriter.control}."""
        key = urandom(4)
        return _head(_FIN | kind, _MASKED, len(data)) + key + _mask(data, key)


class FrameReader:
    """
    Frames to bytes.

    It holds the beginning of one head at most, or of one frame without payload. Whatever part of a frame has come is
    handed on, and what comes together is handed on together.

    @ivar ended: nothing more will come: the peer has sent a close frame, or L{error} happened.
    @ivar closed: the peer has sent a close frame.
    @ivar error: what was wrong with the peer's bytes, or what it says was wrong with ours.
    @ivar ping: what the last ping carried, which wants to be answered with the same; None where none has come. Whoever
        answers sets it to None. Of several that come together the last one counts, as the standard allows.
    """

    __slots__ = ("_begun", "_bit", "_key", "_left", "closed", "ended", "error", "ping")

    def __init__(self, masked: bool) -> None:
        """@param masked: whether the peer must mask, as clients must; servers must not."""
        self.ended = self.closed = False
        self.error: RemoteWireError | None = None
        self.ping: bytes | None = None
        self._bit = _MASKED if masked else 0
        self._begun = b""
        self._left = 0  # of the payload of the current frame
        self._key = b""  # as the next byte of it needs it; empty where nothing is masked

    def read(self, data: bytes) -> bytes:
        """@return: all payload in these bytes; may be empty."""
        size = len(data)
        left = self._left
        if left >= size:
            self._left = left - size
            return self._unmasked(data) if self._key else data
        if self._begun:
            data = self._begun + data
            size = len(data)
            self._begun = b""
        at = 0
        view = memoryview(data)
        parts: list[bytes | memoryview] = []
        while at < size:
            left = self._left
            if not left:
                at = self._enter(data, at)
                continue
            part = view[at : at + left]
            at += left
            self._left = max(0, at - size)
            parts.append(self._unmasked(part) if self._key else part)
        return b"".join(parts)

    def _unmasked(self, part: bytes | memoryview) -> bytes:
        key = self._key
        turned = len(part) & 3
        if turned:
            self._key = key[turned:] + key[:turned]
        return _mask(part, key)

    def _enter(self, data: bytes, at: int) -> int:
        """
        Read a head, and all of a frame without payload.

        @return: where what is behind it begins; the end of the data, if it is not whole, or nothing is read any more.
        """
        end = len(data)
        here = at + 2
        if here > end:
            return self._wait(data, at)
        first, second = data[at], data[at + 1]
        kind, size = first & _KIND, second & _SIZE
        wrong = self._wrong(first, second)
        if wrong:
            return self._fail(wrong, end)
        if size > CONTROL_SIZE:
            here += 2 if size == 126 else 8
        masked = here
        if self._bit:
            here += 4
        if here > end:
            return self._wait(data, at)
        if size > CONTROL_SIZE:
            (size,) = (_read16 if size == 126 else _read64)(data, at + 2)
            if size >> 63:
                return self._fail(f"a frame of {size} bytes", end)
        key = data[masked:here] if self._bit else b""
        if kind in _PAYLOAD:
            self._left, self._key = size, key
            return here
        if here + size > end:
            return self._wait(data, at)
        body = data[here : here + size]
        self._control(kind, _mask(body, key) if key else body)
        return end if self.ended else here + size

    def _wait(self, data: bytes, at: int) -> int:
        self._begun = data[at:]
        return len(data)

    def _wrong(self, first: int, second: int) -> str:
        """What is wrong with the first two bytes of a frame; nothing else can be."""
        kind = first & _KIND
        if first & _RESERVED:
            return "a reserved bit is set: extensions were not agreed on"
        if (second & _MASKED) != self._bit:
            return "a frame without a mask, of a client" if self._bit else "a masked frame, of a server"
        if kind in _PAYLOAD:
            return ""
        if kind not in _CONTROL:
            return f"a frame of the unknown kind {kind}"
        if not first & _FIN or second & _SIZE > CONTROL_SIZE:
            return f"a frame of the kind {kind} that is not whole, or too long"
        return ""

    def _control(self, kind: int, body: bytes) -> None:
        if kind == Kind.PING:
            self.ping = body
        elif kind == Kind.CLOSE:
            self.ended = self.closed = True
            code = int.from_bytes(body[:2], "big")
            if body and code not in _ORDERLY:
                said = f" ({body[2:].decode('utf-8', 'replace')!r})" if body[2:] else ""
                self.error = RemoteWireError(
                    f"websocket: closed with {code}", f"the peer closed the websocket with {code}{said}"
                )

    def _fail(self, what: str, end: int) -> int:
        self.ended = True
        self.error = RemoteWireError("websocket: protocol error", f"the peer broke the websocket protocol: {what}")
        return end
