"""
TLS records: pieces of any size in and out of OpenSSL, over memory BIOs.

They are sealed and opened with the C functions that L{SSL.Connection} calls: its C{recv} gives one record at a time and
ends each read with an exception, and the checks that its methods make at each call are half the cost of a small record.
Handshakes, endings and whatever goes wrong are pyOpenSSL's. The standard library's C{ssl} is no faster, takes a
generated key only from a file, and does not let the ciphers of TLS 1.3 be chosen.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.bindings.openssl.binding import Binding
from OpenSSL import SSL

__all__ = ["PIECE", "Records"]

PIECE = 1 << 17
"""
The most that should be sealed or opened at once. A memory BIO never gives back what it has grown to, so this bounds
what a connection holds when it is idle again; and a frame of 64 KiB with its header is still one piece.
"""

# What sealing adds: 22 bytes a record in TLS 1.3, 29 in 1.2; the spare is for a KeyUpdate that OpenSSL sends first.
_RECORD_EXTRA = 64
_SPARE = 512
# The most that an earlier read leaves behind inside OpenSSL: one incomplete record.
_LEFT_BEHIND = (1 << 14) + 512

_lib = Binding.lib
_ffi = Binding.ffi
_allocate = _ffi.new_allocator(should_clear_after_alloc=False)
_buffer = _ffi.buffer
_read = _lib.SSL_read
_write = _lib.SSL_write
_bioRead = _lib.BIO_read
_bioWrite = _lib.BIO_write
_getError = _lib.SSL_get_error
_WANT_READ: int = _lib.SSL_ERROR_WANT_READ
_CLOSED: int = _lib.SSL_ERROR_ZERO_RETURN


class Records:
    """
    The record layer of one connection whose handshake is done.

    @ivar ended: nothing more will be opened: the peer has sent close_notify, or L{error} happened.
    @ivar error: what was wrong with the peer's bytes.
    """

    ended = False
    error: SSL.Error | None = None

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection
        self._ssl: Any = connection._ssl
        self._into: Any = connection._into_ssl
        self._from: Any = connection._from_ssl

    def open(self, data: bytes) -> bytes:
        """@return: all that the records carry which C{data} completes; may be empty."""
        if data and _bioWrite(self._into, data, len(data)) != len(data):
            raise MemoryError("OpenSSL has no room for what came")
        ssl = self._ssl
        room = len(data) + _LEFT_BEHIND
        out = _allocate("char[]", room)
        got = _read(ssl, out, room)
        total = 0
        while got > 0:
            total += got
            if total == room:  # more than usual was inside: it came with the last flight of the handshake
                return bytes(_buffer(out, total)) + self.open(b"")
            got = _read(ssl, out + total, room - total)
        error = _getError(ssl, got)
        if error != _WANT_READ:
            self.ended = True
            if error != _CLOSED:
                self._fail(got)
        return _buffer(out, total)[:] if total else b""

    def seal(self, data: bytes) -> bytes:
        """
        @param data: not empty.
        @return: the records that carry it.
        @raise SSL.Error: the connection has failed before.
        """
        room = len(data) + (len(data) >> 14) * _RECORD_EXTRA + _SPARE
        # All of it or nothing: our contexts forbid partial writes.
        written = _write(self._ssl, data, len(data))
        if written != len(data):
            self._connection._raise_ssl_error(self._ssl, written)
        out = _allocate("char[]", room)
        got = _bioRead(self._from, out, room)
        sealed: bytes = _buffer(out, got)[:]
        return sealed if got < room else sealed + self.drain()

    def drain(self) -> bytes:
        """@return: what OpenSSL wants to send of its own: handshakes, alerts."""
        pieces = []
        try:
            while True:
                pieces.append(self._connection.bio_read(PIECE))
        except SSL.WantReadError:
            return b"".join(pieces)

    def _fail(self, result: int) -> None:
        try:
            self._connection._raise_ssl_error(self._ssl, result)
        except SSL.Error as error:
            self.error = error
        else:
            self.error = SSL.Error("the record layer stopped")
