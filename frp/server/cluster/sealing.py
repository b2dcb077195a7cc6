"""What nodes tell each other through a directory that others may read: keys of proxies are in it."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["OtherSecret", "Sealing"]

_NONCE = 12


class OtherSecret(ValueError):
    """It is sealed with another secret than ours, if it is sealed at all."""


class Sealing:
    """AES-256-GCM with a key made of what all nodes know."""

    def __init__(self, secret: str) -> None:
        key = HKDF(SHA256(), 32, None, b"frp cluster: what nodes announce").derive(secret.encode())
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes) -> str:
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()

    def unseal(self, sealed: object) -> bytes:
        """@raise OtherSecret: whoever has sealed it does not know ours."""
        try:
            data = base64.b64decode(str(sealed), validate=True)
            return self._cipher.decrypt(data[:_NONCE], data[_NONCE:], None)
        except (ValueError, InvalidTag) as error:
            raise OtherSecret("it is not sealed with this node's secret") from error
