"""Undoing the compression that the user did not ask for."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from frp.errors import RemoteWireError

__all__ = ["Gunzip"]

#: A gzip header and trailer, in the terms of zlib.
_GZIP = 31

#: Bytes that are made at a time, so that a small piece that swells up can be held up.
PIECE = 65536


class Gunzip:
    """
    The body of a gzip response, unpacked as it comes: a stage between a producer of packed bytes and a consumer.

    When the consumer is full, what is unpacked waits packed.

    @ivar paused: whether the consumer is full.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.paused = False
        self._write = write
        self._unpacker = zlib.decompressobj(_GZIP)
        self._left = b""
        self._begun = False
        self._full = False  # the last piece was: there may be more in the unpacker

    @property
    def waiting(self) -> bool:
        """Whether there is something that the consumer did not take yet."""
        return bool(self._left) or (self._full and not self._unpacker.eof)

    def receive(self, data: bytes) -> None:
        """
        Packed bytes.

        @raise RemoteWireError: they are not gzip.
        """
        self._left += data
        while not self.paused and self.waiting:
            self._unpack()

    def _unpack(self) -> None:
        unpacker = self._unpacker
        if unpacker.eof:
            # Gzip files may follow one another.
            self._unpacker = unpacker = zlib.decompressobj(_GZIP)
        try:
            piece = unpacker.decompress(self._left, PIECE)
        except zlib.error as error:
            raise RemoteWireError("broken gzip", f"a gzip response cannot be unpacked: {error}") from error
        self._begun = True
        self._left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        self._full = len(piece) == PIECE
        if piece:
            self._write(piece)

    def end(self) -> None:
        """
        The packed bytes are complete.

        @raise RemoteWireError: they are not.
        """
        if self._begun and not self._unpacker.eof:
            raise RemoteWireError("broken gzip", "a gzip response ends in the middle")
