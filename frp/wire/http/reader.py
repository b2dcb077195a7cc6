"""Bytes to the heads of HTTP/1.1 messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from frp.wire.http.error import HTTPWireError
from frp.wire.http.fields import TOKEN
from frp.wire.http.head import HEAD_LIMIT, RESPONSE_LIMIT, RequestHead, ResponseHead, readRequest, readResponse
from frp.wire.http.loose import looseEnd

__all__ = ["HEAD_LIMIT", "HeadReader", "requestReader", "responseReader"]

#: Where a head stops and what is behind it begins, from a place on and up to another.
End = Callable[[bytes | bytearray, int, int], tuple[int, int]]

Head = TypeVar("Head")


class HeadReader(Generic[Head]):
    """
    Reads one head after the other; what lies between them (bodies) is read by others.

    After an error it must not be used again.

    @ivar rest: after a head: what came behind it, the beginning of the body or the next message.
    """

    __slots__ = ("_buffer", "_end", "_limit", "_parse", "_searched", "_skipped", "_status", "rest")

    def __init__(self, parse: Callable[[bytes], Head], status: int, end: End | None = None) -> None:
        """@param end: without it, only CR LF ends a line."""
        self._parse: Callable[[bytes], Head] = parse
        self._end: End = end or _strictEnd
        self._status = status
        self._limit = RESPONSE_LIMIT if status == 502 else HEAD_LIMIT
        self.rest = b""
        self._buffer = bytearray()
        self._searched = 0
        self._skipped = False

    @property
    def begun(self) -> bool:
        """Whether a part of a head has come."""
        return bool(self._buffer)

    def receive(self, data: bytes) -> Head | None:
        """
        Read what has come.

        @return: the head once it is whole; then C{rest} is to be taken before the next call.
        @raise HTTPWireError: it is none, or too long.
        """
        if not self._buffer and not self._skipped:
            end, behind = self._end(data, 0, self._limit)
            if end > 0 and data[0] != 13:
                self.rest = data[behind:]
                return self._parse(data[:end])
        return self._gather(data)

    def _gather(self, data: bytes) -> Head | None:
        self.rest = b""
        buffer = self._buffer
        searched = self._searched
        buffer += data
        if not searched and not self._beginning():
            return None
        start = max(0, searched - 3)
        end, behind = self._end(buffer, start, self._limit)
        if end < 0:
            self._waitForMore(start)
            return None
        block = bytes(buffer[:end])
        self.rest = bytes(buffer[behind:])
        # A new one: what was once large would stay so.
        self._buffer = bytearray()
        self._searched = 0
        self._skipped = False
        return self._parse(block)

    def _beginning(self) -> bool:
        """
        Pass over one empty line, which some clients send after a body; and tell what is no HTTP at its first byte.

        @return: whether the first byte of the head has come.
        """
        buffer = self._buffer
        if buffer[:1] == b"\r" and not self._skipped:
            if len(buffer) == 1:
                return False
            if buffer[1] == 10:
                del buffer[:2]
                self._skipped = True
        if not buffer:
            return False
        if buffer[0] not in TOKEN:
            what = (
                "this looks like TLS" if buffer[0] == 0x16 else f"this is no HTTP; it begins with {bytes(buffer[:8])!r}"
            )
            raise HTTPWireError(self._status, "malformed HTTP message", what)
        return True

    def _waitForMore(self, start: int) -> None:
        """Say no at once to what never becomes a head, in place of waiting for the end of it."""
        buffer = self._buffer
        if self._end is _strictEnd and _shortLine(buffer[start : self._limit], start > 0):
            raise HTTPWireError(self._status, "malformed line break", "a line of the head ends without CR")
        if len(buffer) >= self._limit:
            if self._status == 400 and b"\r\n" not in buffer[: self._limit]:
                raise HTTPWireError(414, "URI too long", f"the request line has no end within {self._limit} bytes")
            raise HTTPWireError(431, "header too large", f"the head has no end within {self._limit} bytes")
        self._searched = len(buffer)


def _strictEnd(data: bytes | bytearray, start: int, limit: int) -> tuple[int, int]:
    end = data.find(b"\r\n\r\n", start, limit)
    return end, end + 4


def _shortLine(window: bytearray, cut: bool) -> bool:
    """Whether a line ends without CR. @param cut: the CR of the first one may lie before it."""
    return window.count(b"\n") != window.count(b"\r\n") + (cut and window[0] == 10)


def requestReader() -> HeadReader[RequestHead]:
    """What a server reads with."""
    return HeadReader(readRequest, 400)


def responseReader() -> HeadReader[ResponseHead]:
    """What a client reads with."""
    return HeadReader(readResponse, 502, looseEnd)
