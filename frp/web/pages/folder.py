"""Files for browsers: read once, packed once, and read again when they change."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping, Sequence

from twisted.python.filepath import FilePath, InsecurePath
from twisted.web.http import CACHED
from twisted.web.server import Request

from frp.values import frozen
from frp.web.answers import tagOf

__all__ = ["Asset", "Folder"]

_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

#: Those that gain nothing from it are served as they are.
_PACKED = ("text/", "application/json", "image/svg")

_INDEX = "index.html"


@frozen
class Asset:
    """
    A file.

    @ivar packed: the same as gzip has it; empty where that is of no use.
    """

    type: str
    body: bytes
    packed: bytes
    tag: bytes

    @classmethod
    def of(cls, name: str, body: bytes) -> Asset:
        kind = _TYPES.get(os.path.splitext(name)[1], "application/octet-stream")
        packed = gzip.compress(body, 6, mtime=0) if kind.startswith(_PACKED) else b""
        return cls(kind, body, packed, tagOf(body).encode())

    def render(self, request: Request) -> bytes:
        """Browsers keep it, and ask each time whether it is still the same."""
        headers = request.responseHeaders
        headers.setRawHeaders(b"cache-control", [b"no-cache"])
        headers.setRawHeaders(b"content-type", [self.type.encode()])
        headers.setRawHeaders(b"vary", [b"Accept-Encoding"])
        if request.setETag(self.tag) is CACHED:
            return b""
        body = self.body
        if self.packed and "gzip" in (request.getHeader("accept-encoding") or ""):
            headers.setRawHeaders(b"content-encoding", [b"gzip"])
            body = self.packed
        headers.setRawHeaders(b"content-length", [b"%d" % len(body)])
        return body


class Folder:
    """All that is below a folder, and nothing else."""

    def __init__(self, path: str) -> None:
        self._root = FilePath(path)
        self._known: dict[str, tuple[tuple[int, int], Asset]] = {}

    def find(self, segments: Sequence[str]) -> Asset | None:
        """
        @param segments: of a path; an empty one at the end asks for the index of a folder.
        @return: None, if there is no such file.
        """
        *above, name = segments or [""]
        try:
            file = self._root.descendant([*above, name or _INDEX])
            state = os.stat(file.path)
            if not os.path.isfile(file.path):
                return None
            stamp = (state.st_mtime_ns, state.st_size)
            known = self._known.get(file.path)
            if known is None or known[0] != stamp:
                known = self._known[file.path] = (stamp, Asset.of(file.basename(), file.getContent()))
        except (InsecurePath, OSError, ValueError):  # a path may hold what no name can
            return None
        return known[1]
