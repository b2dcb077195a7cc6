"""
Yamux frames: a twelve-byte header, and the bytes of a Data frame behind it.

Header, big endian: version (0), type, flags (16 bits), stream id (32 bits), length (32 bits). C{length} counts the
bytes that follow a Data frame; it is a number of bytes for a WindowUpdate, an opaque value for a Ping, and a reason for
a GoAway.

The reader hands on whatever part of a Data frame has come. It never waits for a whole frame: one may be as long as the
window (6 MiB), and header and body usually come in different pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from struct import Struct
from typing import Protocol

from frp.errors import RemoteWireError
from frp.wire.sniff import describe

__all__ = [
    "HEADER_SIZE",
    "INITIAL_WINDOW",
    "Flag",
    "FrameReader",
    "Frames",
    "GoAwayCode",
    "Type",
    "dataHeader",
    "header",
]

HEADER_SIZE = 12

#: What each side may send on a new stream before any WindowUpdate, whatever the configuration says.
INITIAL_WINDOW = 256 * 1024


class Type(IntEnum):
    """What a frame is."""

    DATA = 0
    WINDOW_UPDATE = 1
    PING = 2
    GO_AWAY = 3


class Flag(IntEnum):
    """
    What a frame does to its stream besides. Not an IntFlag: its operators cost two microseconds each, several times a
    frame.
    """

    SYN = 1
    ACK = 2
    FIN = 4
    RST = 8


class GoAwayCode(IntEnum):
    """Why a session ends."""

    NORMAL = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2


_HEADER = Struct(">BBHII")
_unpack = _HEADER.unpack_from

#: Of a header, what comes before the length; and how none begins.
_SAME = HEADER_SIZE - 4
_NOTHING = b"\xff"


def header(kind: int, flags: int, stream: int, length: int) -> bytes:
    """The header of one frame; of anything but a non-empty Data frame, the whole frame."""
    return _HEADER.pack(0, kind, flags, stream, length)


_DATA = Struct(">III").pack


def dataHeader(stream: int, length: int) -> bytes:
    """The header of a Data frame without flags: version, type and flags are all zero."""
    return _DATA(0, stream, length)


class Frames(Protocol):
    """What a L{FrameReader} reports to."""

    def frameReceived(self, kind: int, flags: int, stream: int, length: int) -> None:
        """
        A header has come.

        For a Data frame with C{length > 0}, calls of L{bodyReceived} follow before the next header, unless that is the
        one of a Data frame without flags of the same stream: what has come of both may be one piece.
        """

    def bodyReceived(self, piece: bytes, left: int) -> None:
        """
        A part of the current Data frame has come, and maybe the end of those before.

        @param piece: never empty.
        @param left: how many bytes of the frame are still to come; 0 with its last part.
        """


class FrameReader:
    """
    Bytes to frames.

    It holds at most the beginning of one header. After an error it must not be used again.

    A frame rarely ends where a read of the carrier does. So most reads of a bulk transfer hold the end of one frame and
    the beginning of the next; both are told as one piece, which costs a copy, and saves whoever passes it on a write.
    """

    __slots__ = ("_body", "_frame", "_head", "_left", "_next")

    def __init__(self, frames: Frames) -> None:
        self._frame: Callable[[int, int, int, int], None] = frames.frameReceived
        self._body: Callable[[bytes, int], None] = frames.bodyReceived
        self._head = b""
        self._left = 0
        self._next = _NOTHING  # how a header begins whose body continues the one that is being read

    @property
    def unfinished(self) -> bytes:
        """The beginning of a header of which the rest has not come."""
        return self._head

    def receive(self, data: bytes) -> None:
        """
        Read what has come from the carrier.

        @raise RemoteWireError: unknown version or type.
        """
        if self._head:
            data = self._head + data
            self._head = b""
        offset = 0
        end = len(data)
        left = self._left
        held: list[bytes] = []
        while offset < end:
            if left:
                stop = offset + left
                held.append(data[offset:stop])
                offset = stop
                self._left = left = max(0, stop - end)
                if end - stop <= HEADER_SIZE or not data.startswith(self._next, stop):
                    self._body(b"".join(held), left)  # of one piece that is the piece
                    held = []
                continue
            if end - offset < HEADER_SIZE:
                self._head = data[offset:]
                return
            version, kind, flags, stream, length = _unpack(data, offset)
            if version or kind > 3:
                raise _noHeader(data[offset : offset + HEADER_SIZE])
            if kind == 0:
                self._left = left = length
                self._next = _NOTHING if flags else data[offset : offset + _SAME]
            offset += HEADER_SIZE
            if held and not left:
                self._body(b"".join(held), 0)
                held = []
            self._frame(kind, flags, stream, length)


def _noHeader(came: bytes) -> RemoteWireError:
    what = f"the peer sent version {came[0]}, type {came[1]} where a yamux header was due; {describe(came)}"
    return RemoteWireError("invalid yamux header", what)
