"""
SSH's packets, with the ciphers that Twisted has made: each has its length and padding in front, and behind it a code
that proves that it was not changed. Ciphers are streams here, so that nothing is copied to fit their blocks.
"""

from __future__ import annotations

import hmac
import os
from hmac import compare_digest
from struct import pack, unpack
from typing import Any

from frp.errors import RemoteWireError

__all__ = ["Incoming", "sealed"]


class Incoming:
    """Bytes in, packets out."""

    def __init__(self) -> None:
        self._buffer = memoryview(b"")
        self._first = b""  # the first block of a packet, decrypted

    def receive(self, data: bytes) -> None:
        rest = self._buffer
        self._buffer = memoryview(b"".join((rest, data)) if rest else data)

    def next(self, ciphers: Any, number: int, longest: int) -> tuple[bytes, memoryview] | None:
        """
        Take one packet.

        @param ciphers: Twisted's L{SSHCiphers<twisted.conch.ssh.transport.SSHCiphers>} of now.
        @param number: of this packet.
        @param longest: the most bytes that it may have.
        @return: the message in it, in two parts, of which the first has 9 bytes, if there are so many; None when more
            bytes are needed.
        @raise RemoteWireError: it is none, or was changed on its way.
        """
        buffer, first, block = self._buffer, self._first, ciphers.decBlockSize
        if not first:
            if len(buffer) < block:
                return None
            # Before there are keys this is the piece itself.
            self._first = first = bytes(ciphers.decryptor.update(buffer[:block]))
        length, padding = unpack("!LB", first[:5])
        if length > longest or (length + 4) % block or not 4 <= padding < length:
            raise RemoteWireError("ssh packet", f"a packet says that it has {length} bytes, {padding} of them padding")
        end = 4 + length
        size = end + ciphers.verifyDigestSize
        if len(buffer) < size:
            return None
        rest = bytes(ciphers.decryptor.update(buffer[block:end]))
        if size > end and not compare_digest(_code(ciphers.inMAC, number, first, rest), buffer[end:size]):
            raise RemoteWireError("ssh mac", "the authentication code of a packet is wrong")
        self._first = b""
        self._buffer = buffer[size:]
        kept = len(rest) - padding
        return first[5:] if kept >= 0 else first[5:kept], memoryview(rest)[: max(kept, 0)]


def sealed(ciphers: Any, number: int, head: bytes, body: bytes) -> tuple[bytes, ...]:
    """
    @param ciphers: as for L{Incoming.next}; @param number: of the packet.
    @param head: the beginning of the message, and C{body} the rest.
    @return: a packet, in parts.
    """
    padding = 4 + -(len(head) + len(body) + 9) % max(ciphers.encBlockSize, 8)
    start = pack("!LB", 1 + len(head) + len(body) + padding, padding) + head
    end = os.urandom(padding)
    encrypt = ciphers.encryptor.update
    parts: tuple[bytes, ...] = encrypt(start), encrypt(body), encrypt(end)
    return (*parts, _code(ciphers.outMAC, number, start, body, end)) if ciphers.outMAC[0] is not None else parts


def _code(key: Any, number: int, start: bytes, *rest: bytes) -> bytes:
    """
    @param key: as Twisted keeps it.
    @return: what proves that a packet, in parts, was not changed.
    """
    code = hmac.new(key.key, pack(">L", number & 0xFFFFFFFF) + start, key[0])
    for part in rest:
        code.update(part)
    return code.digest()
