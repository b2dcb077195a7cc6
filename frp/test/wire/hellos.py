"""ClientHellos, built by hand."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["GREASE", "clientHello", "extension", "record", "serverNames"]

#: What Chrome puts between all that it says, to keep servers from choking on what they do not know (RFC 8701).
GREASE = b"\x1a\x1a"


def vector(data: bytes, size: int = 2) -> bytes:
    """Bytes behind their length."""
    return len(data).to_bytes(size) + data


def extension(number: int, data: bytes) -> bytes:
    """One extension."""
    return number.to_bytes(2) + vector(data)


def serverNames(*names: bytes, kind: int = 0) -> bytes:
    """The extension that says whom the client wants."""
    return extension(0, vector(b"".join(bytes([kind]) + vector(name) for name in names)))


def clientHello(
    name: bytes | None = None, protocols: Sequence[bytes] = (), *more: bytes, session: bytes = bytes(32)
) -> bytes:
    """
    The handshake message.

    @param more: more extensions, in front of the others.
    """
    extensions = b"".join(more)
    if name is not None:
        extensions += serverNames(name)
    if protocols:
        extensions += extension(16, vector(b"".join(vector(one, 1) for one in protocols)))
    suites = vector(GREASE + b"\x13\x01\x13\x02")
    body = b"\x03\x03" + bytes(32) + vector(session, 1) + suites + vector(b"\0", 1) + vector(extensions)
    return b"\x01" + vector(body, 3)


def record(message: bytes, size: int = 16384) -> bytes:
    """The message in records of so many bytes."""
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + vector(part) for part in parts)
