"""What a program that was started again says of the connections of the one before (RFC 9000, section 10.3)."""

from __future__ import annotations

import hmac
import os
import socket
from pathlib import Path

from twisted.internet.interfaces import IReactorTime

from frp.transports.quic.interfaces import Address, Datagram

__all__ = ["RATE", "Resets"]

#: Bytes of a token.
_TOKEN = 16

#: The shortest datagram that is a reset.
_LEAST = 21

#: And the longest of ours: nobody can tell it from another packet by that.
_MOST = 43

#: How many may leave in a second, whoever asks for them.
RATE = 1000


def _machine() -> str:
    """@return: what tells machines apart: servers with one token must not end each other's connections."""
    try:
        return Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, UnicodeError):
        return socket.gethostname()


class Resets:
    """
    Tokens by which a peer believes that a connection is no more. They are told him while there is one, and follow from
    what is configured: there is no other memory that outlives a program.
    """

    def __init__(self, clock: IReactorTime, secret: bytes, where: Address, machine: str = "") -> None:
        """
        @param secret: known to clients at most; with an empty one no reset is ever believed.
        @param where: the port whose connections these are, and C{machine} the number of its machine; by default this
            one.
        """
        self._clock = clock
        told = f"frp quic stateless reset {where[0]} {where[1]} {machine or _machine()}".encode()
        self._key = hmac.digest(secret, told, "sha256") if secret else os.urandom(32)
        self._second = 0
        self._left = RATE

    def token(self, name: bytes) -> bytes:
        """@param name: a connection id of ours."""
        return hmac.digest(self._key, name, "sha256")[:_TOKEN]

    def answer(self, name: bytes, datagram: Datagram) -> bytes | None:
        """
        @param datagram: came for a connection of this name, of which nothing is known.
        @return: what ends it at the peer's. It is always shorter, so that two who do not know each other come to an
            end, and nobody is sent more than was sent in his name.
        """
        size = min(len(datagram) - 1, _MOST)
        if size < _LEAST or not datagram[0] & 0x40:
            return None
        second = int(self._clock.seconds())
        if second != self._second:
            self._second, self._left = second, RATE
        if not self._left:
            return None
        self._left -= 1
        noise = os.urandom(size - _TOKEN)
        return bytes((0x40 | noise[0] & 0x3F,)) + noise[1:] + self.token(name)
