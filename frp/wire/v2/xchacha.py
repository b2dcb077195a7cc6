"""
XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), which C{cryptography} lacks: ChaCha20-Poly1305 with a key of its own
for each first 16 bytes of a nonce.
"""

from __future__ import annotations

from struct import Struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

__all__ = ["XChaCha20Poly1305", "hchacha20"]

_WORDS = Struct("<16I")
_KEY = Struct("<8I")
_INPUT = Struct("<4I")
_CONSTANTS = _INPUT.unpack(b"expand 32-byte k")

#: Bytes of a nonce that make the key.
_FIRST = 16


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """
    A key from a key: the first and the last row of ChaCha20's state after its rounds. A block of its keystream is that
    state plus the one before the rounds, of which these rows are known.

    @param key: 32 bytes.
    @param nonce: 16 bytes.
    @return: 32 bytes.
    """
    block = Cipher(ChaCha20(key, nonce), mode=None).encryptor().update(bytes(_WORDS.size))
    words = _WORDS.unpack(block)
    before = (*_CONSTANTS, *_INPUT.unpack(nonce))
    return _KEY.pack(*[(word - added) & 0xFFFFFFFF for word, added in zip(words[:4] + words[12:], before, strict=True)])


class XChaCha20Poly1305:
    """
    As the ciphers of C{cryptography.hazmat.primitives.ciphers.aead} are, with nonces of 24 bytes. Nonces that are
    counted up keep their first 16 bytes, so that what these make is made once.
    """

    def __init__(self, key: bytes) -> None:
        """@param key: 32 bytes."""
        self._key = key
        self._first = b""
        self._cipher: ChaCha20Poly1305

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        if nonce[:_FIRST] != self._first:
            self._turn(nonce)
        return self._cipher.encrypt(b"\0\0\0\0" + nonce[_FIRST:], data, associated_data)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """@raise cryptography.exceptions.InvalidTag: it was sealed with something else."""
        if nonce[:_FIRST] != self._first:
            self._turn(nonce)
        return self._cipher.decrypt(b"\0\0\0\0" + nonce[_FIRST:], data, associated_data)

    def _turn(self, nonce: bytes) -> None:
        self._first = nonce[:_FIRST]
        self._cipher = ChaCha20Poly1305(hchacha20(self._key, self._first))
