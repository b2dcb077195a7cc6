"""Bodies as people read them: without the packing of C{Content-Encoding}."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

__all__ = ["MOST", "unpacked"]

#: Bytes of what is unpacked; a small body may hold much.
MOST = 1 << 20

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def unpacked(body: bytes, fields: Iterable[tuple[str, str]]) -> tuple[bytes, bool]:
    """
    @param body: perhaps the beginning only.
    @return: what could be unpacked of it, and whether that is all of what it holds. What is packed in a way that is not
        known is returned as it is.
    """
    packings = [value.strip().lower() for name, value in fields if name.lower() == "content-encoding"]
    window = _WINDOWS.get(packings[0]) if len(packings) == 1 else None
    if window is None or not body:
        return body, True
    machine = zlib.decompressobj(window)
    try:
        found = machine.decompress(body, MOST)
    except zlib.error:
        return body, True
    return found, machine.eof and not machine.unused_data
