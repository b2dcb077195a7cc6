"""
Sealed streams: a nonce, then frames, each of them the length of its ciphertext in four bytes and the ciphertext. What
was changed, left out, said twice or put elsewhere does not open.

Each direction is a stream by itself, with a nonce that is sent in clear in front of its first frame. A frame has the
nonce of the one before plus one; what is authenticated with it is the stream's nonce and the frame's length.
"""

from __future__ import annotations

from collections.abc import Callable
from os import urandom
from struct import Struct
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frp.errors import RemoteWireError, TunnelLost
from frp.values import define
from frp.wire.v2.xchacha import XChaCha20Poly1305

__all__ = ["ALGORITHMS", "Opener", "Sealer"]

_LENGTH = Struct(">I")
_TAG = 16

#: Bytes of text in a frame.
_TEXT = 65536


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


@define
class _Algorithm:
    """
    @ivar cipher: makes one of a key of 32 bytes.
    @ivar nonce: bytes of a nonce.
    @ivar frames: how many may be sealed with one key.
    """

    cipher: Callable[[bytes], _Cipher]
    nonce: int
    frames: int


ALGORITHMS = {
    # The reference's number. More would be too many for nonces of this size.
    "aes-256-gcm": _Algorithm(AESGCM, 12, 1 << 32),
    "xchacha20-poly1305": _Algorithm(XChaCha20Poly1305, 24, 1 << 64),
}
"""By their names in the hellos."""


class _Direction:
    """The nonces of one direction."""

    def __init__(self, algorithm: str, key: bytes) -> None:
        known = ALGORITHMS[algorithm]
        self._size = known.nonce
        self._cipher = known.cipher(key)
        self._left = known.frames

    def _begin(self, nonce: bytes) -> None:
        self._nonce = nonce
        self._next = int.from_bytes(nonce, "big")
        # The reference ends a stream whose nonces come round to 0.
        self._left = min(self._left, (1 << 8 * self._size) - self._next - 1)


class Sealer(_Direction):
    """
    One direction, outwards.

    @param algorithm: one of L{ALGORITHMS}.
    @param key: 32 bytes, for this direction of this connection only.
    @param nonce: random, if not given.
    """

    def __init__(self, algorithm: str, key: bytes, nonce: bytes | None = None) -> None:
        super().__init__(algorithm, key)
        self._unsent = urandom(self._size) if nonce is None else nonce
        self._begin(self._unsent)

    def seal(self, data: bytes) -> bytes:
        """
        @return: one frame, or as many as the data need, behind the nonce where nothing was said before.
        @raise TunnelLost: no more can be sealed with this key.
        """
        if not data:
            return b""
        head, self._unsent = self._unsent, b""
        if len(data) <= _TEXT:
            return head + self._frame(data)
        return head + b"".join([self._frame(data[at : at + _TEXT]) for at in range(0, len(data), _TEXT)])

    def _frame(self, data: bytes) -> bytes:
        if self._left <= 0:
            raise TunnelLost("the key is used up", "no more can be said with this key: it was used too often")
        length = _LENGTH.pack(len(data) + _TAG)
        sealed = self._cipher.encrypt(self._next.to_bytes(self._size, "big"), data, self._nonce + length)
        self._next += 1
        self._left -= 1
        return length + sealed


class Opener(_Direction):
    """
    One direction, inwards. It keeps at most one unfinished frame. After an error it is dead, and raises the same error
    again.

    @param algorithm: one of L{ALGORITHMS}.
    @param key: 32 bytes.
    """

    def __init__(self, algorithm: str, key: bytes) -> None:
        super().__init__(algorithm, key)
        self._nonce = b""
        self._buffer = bytearray()
        self._needed = self._size  # so many bytes must be there before anything can be done
        self._failure: RemoteWireError | None = None

    def open(self, data: bytes) -> bytes:
        """
        @return: what is complete now, possibly nothing.
        @raise RemoteWireError: it was not sealed with this key, or not in this order, or is no frame.
        """
        if self._failure is not None:
            raise self._failure
        if self._buffer or len(data) < self._needed:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return b""
            data = bytes(self._buffer)
            self._buffer.clear()
        try:
            return self._open(data)
        except RemoteWireError as failure:
            self._failure = failure
            raise

    def _open(self, data: bytes) -> bytes:
        at, size = 0, len(data)
        if not self._nonce:
            at = self._size
            self._begin(data[:at])
        found = []
        self._needed = _LENGTH.size
        while size - at >= _LENGTH.size:
            body = at + _LENGTH.size
            (length,) = _LENGTH.unpack_from(data, at)
            if not _TAG <= length <= _TEXT + _TAG:
                raise _badLength(length)
            end = body + length
            if size < end:
                self._needed = _LENGTH.size + length
                break
            found.append(self._frame(data[body:end], data[at:body]))
            at = end
        if at < size:
            self._buffer += data[at:]
        return found[0] if len(found) == 1 else b"".join(found)

    def _frame(self, sealed: bytes, length: bytes) -> bytes:
        if self._left <= 0:
            raise RemoteWireError("aead stream frame count limit exceeded", "the peer uses its key too often")
        try:
            text = self._cipher.decrypt(self._next.to_bytes(self._size, "big"), sealed, self._nonce + length)
        except InvalidTag:
            raise RemoteWireError(
                "message authentication failed",
                "message authentication failed: what came was not sealed with our key, or was changed on its way",
            ) from None
        self._next += 1
        self._left -= 1
        return text


def _badLength(length: int) -> RemoteWireError:
    if length < _TAG:
        text = f"aead stream ciphertext length {length} is smaller than overhead {_TAG}"
    else:
        text = f"aead stream ciphertext length {length} exceeds limit {_TEXT + _TAG}"
    return RemoteWireError(text, f"the peer sent what is no sealed frame: {text}")
