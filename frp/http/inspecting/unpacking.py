"""Bodies as people read them: without the packing of C{Content-Encoding}."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

__all__ = ["MOST", "packed", "packing", "unpacked"]

#: Bytes of what is unpacked; a small body may hold much.
MOST = 1 << 20

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def packing(fields: Iterable[tuple[str, str]]) -> str:
    """@return: how the body below these fields is packed; empty for not at all, and for ways that are not known."""
    packings = [value.strip().lower() for name, value in fields if name.lower() == "content-encoding"]
    return packings[0] if len(packings) == 1 and packings[0] in _WINDOWS else ""


def packed(body: bytes, fields: Iterable[tuple[str, str]]) -> bytes:
    """@return: the body as the fields say that it is."""
    window = _WINDOWS.get(packing(fields))
    if window is None:
        return body
    machine = zlib.compressobj(wbits=window)
    return machine.compress(body) + machine.flush()


def unpacked(body: bytes, fields: Iterable[tuple[str, str]], most: int = MOST) -> tuple[bytes, bool]:
    """
    @param body: perhaps the beginning only.
    @param most: bytes of what was packed.
    @return: what could be unpacked of it, and whether that is all of what it holds. What is packed in a way that is not
        known is returned as it is.
    """
    window = _WINDOWS.get(packing(fields))
    if window is None or not body:
        return body, True
    machine = zlib.decompressobj(window)
    try:
        found = machine.decompress(body, most)
    except zlib.error:
        return body, True
    return found, machine.eof and not machine.unused_data
