"""
AES-128-CFB: how version 1 encrypts control connections, and both versions encrypt payload.

Each direction is one stream with an initial vector of its own in front. Nothing authenticates it. The feedback is a
whole block.
"""

from __future__ import annotations

from os import urandom

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES128

__all__ = ["Decryptor", "Encryptor"]

_IV = 16


class Encryptor:
    """
    One direction, outwards.

    @param key: 16 bytes, see L{frp.wire.keys.tokenKey}.
    @param iv: 16 bytes that are used once; random, if not given.
    """

    def __init__(self, key: bytes, iv: bytes | None = None) -> None:
        self._unsent = urandom(_IV) if iv is None else iv
        self._cipher: CipherContext = Cipher(AES128(key), CFB(self._unsent)).encryptor()

    def encrypt(self, data: bytes) -> bytes:
        """The initial vector leaves in front of the first bytes: a direction that says nothing sends nothing."""
        if self._unsent and data:
            head, self._unsent = self._unsent, b""
            return head + self._cipher.update(data)
        return self._cipher.update(data)


class Decryptor:
    """
    One direction, inwards. Any bytes are valid; a wrong key gives noise.

    @param key: 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._head = b""
        self._cipher: CipherContext | None = None

    def decrypt(self, data: bytes) -> bytes:
        """@return: empty until the whole initial vector and something behind it have come."""
        if self._cipher is not None:
            return self._cipher.update(data)
        self._head += data
        if len(self._head) < _IV:
            return b""
        iv, rest = self._head[:_IV], self._head[_IV:]
        self._head = b""
        self._cipher = Cipher(AES128(self._key), CFB(iv)).decryptor()
        return self._cipher.update(rest)
