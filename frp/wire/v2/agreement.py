"""The keys that two ends derive from their secret and their hellos."""

from __future__ import annotations

from hashlib import sha256
from hmac import digest

from frp.values import frozen
from frp.wire.dialect import Seal
from frp.wire.v2.aead import Opener, Sealer

__all__ = ["Agreement", "derived", "transcript"]

_TO_SERVER, _TO_CLIENT = "client-to-server", "server-to-client"


def transcript(clientHello: bytes, serverHello: bytes) -> bytes:
    """
    The hash of both hellos, 32 bytes. Who changes a hello on its way makes the two ends disagree on their keys.

    @param clientHello: the payload of its frame, as it was on the wire; the same for C{serverHello}.
    """
    hashed = sha256(b"frp wire v2 crypto transcript")
    for name, payload in ((b"client hello", clientHello), (b"server hello", serverHello)):
        hashed.update(b"\0" + name + b"\0" + len(payload).to_bytes(8, "big") + payload)
    return hashed.digest()


def derived(secret: bytes, salt: bytes, algorithm: str, direction: str) -> bytes:
    """
    One direction's key, 32 bytes: HKDF with SHA-256 (RFC 5869), whose first block is all that is needed.

    @param secret: may be empty.
    @param salt: see L{transcript}.
    """
    info = f"frp wire v2 control aead {algorithm} {direction}".encode()
    return digest(digest(salt, secret, sha256), info + b"\x01", sha256)


@frozen
class Agreement:
    """
    What the two ends have agreed on.

    @ivar algorithm: one of L{frp.wire.v2.aead.ALGORITHMS}.
    @ivar salt: see L{transcript}.
    """

    algorithm: str
    salt: bytes

    def seal(self, secret: bytes, *, server: bool) -> Seal:
        """@param server: which of the two ends we are."""
        ours, theirs = (_TO_CLIENT, _TO_SERVER) if server else (_TO_SERVER, _TO_CLIENT)
        algorithm, salt = self.algorithm, self.salt
        sealer = Sealer(algorithm, derived(secret, salt, algorithm, ours))
        opener = Opener(algorithm, derived(secret, salt, algorithm, theirs))
        return sealer.seal, opener.open
