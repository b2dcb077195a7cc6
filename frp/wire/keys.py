"""What is derived from a token or a proxy's secret: the cipher's key, and the proof that one knows it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5, pbkdf2_hmac
from hmac import compare_digest

__all__ = ["privilegeKey", "sameKey", "tokenKey"]


@lru_cache(128)
def tokenKey(token: bytes) -> bytes:
    """
    The key of AES-128-CFB: 16 bytes. An empty token has one too, with OIDC for instance.

    The salt is C{frp}: the reference sets it at start-up, in place of its library's own.
    """
    return pbkdf2_hmac("sha1", token, b"frp", 64, 16)


def privilegeKey(token: bytes, timestamp: int) -> str:
    """
    The proof in Login, Ping and NewWorkConn; of a proxy's secret, in visitors' messages. Nobody checks how old it is.

    @param timestamp: seconds since 1970.
    """
    return md5(token + b"%d" % timestamp, usedforsecurity=False).hexdigest()


def sameKey(a: str, b: str) -> bool:
    """Whether two proofs are the same, in a time that does not tell where they differ."""
    return compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass"))
