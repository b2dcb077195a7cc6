"""What a file is: by its name, or else by its first bytes."""

from __future__ import annotations

import mimetypes
from posixpath import splitext

__all__ = ["SNIFFED", "isPacked", "typeOf"]

#: How many bytes are looked at.
SNIFFED = 512

_UTF8 = b"; charset=utf-8"

# Names that say how a file is packed, which Python's table keeps apart from the types.
_PACKED = {
    ".gz": b"application/gzip",
    ".tgz": b"application/gzip",
    ".bz2": b"application/x-bzip2",
    ".xz": b"application/x-xz",
    ".zst": b"application/zstd",
    ".br": b"application/x-brotli",
}

_PACKED_TYPES = (
    *("image/", "video/", "audio/", "font/woff"),
    *("application/gzip", "application/zip", "application/x-bzip2", "application/x-xz", "application/zstd"),
    *("application/x-brotli", "application/x-7z-compressed", "application/x-rar", "application/vnd.rar"),
)

_HTML = (
    *(b"<!DOCTYPE HTML", b"<HTML", b"<HEAD", b"<SCRIPT", b"<IFRAME", b"<H1", b"<DIV", b"<FONT", b"<TABLE", b"<A"),
    *(b"<STYLE", b"<TITLE", b"<B", b"<BODY", b"<BR", b"<P", b"<!--"),
)

_MAGIC = (
    (b"%PDF-", b"application/pdf"),
    (b"%!PS-Adobe-", b"application/postscript"),
    (b"\xfe\xff", b"text/plain; charset=utf-16be"),
    (b"\xff\xfe", b"text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf", b"text/plain" + _UTF8),
    (b"GIF87a", b"image/gif"),
    (b"GIF89a", b"image/gif"),
    (b"\x89PNG\x0d\x0a\x1a\x0a", b"image/png"),
    (b"\xff\xd8\xff", b"image/jpeg"),
    (b"BM", b"image/bmp"),
    (b"OggS\x00", b"application/ogg"),
    (b"ID3", b"audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", b"video/webm"),
    (b"\x00asm", b"application/wasm"),
    (b"PK\x03\x04", b"application/zip"),
    (b"\x1f\x8b\x08", b"application/x-gzip"),
    (b"Rar!\x1a\x07", b"application/x-rar-compressed"),
)

_BINARY = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])


def typeOf(name: str, first: bytes) -> bytes:
    """
    @param first: up to L{SNIFFED} bytes.
    @return: the C{Content-Type}.
    """
    ending = splitext(name)[1].lower()
    if ending in _PACKED:
        return _PACKED[ending]
    known = mimetypes.guess_type(f"name{ending}")[0] if ending else None
    if known is None:
        return _sniffed(first)
    found = known.encode("ascii", "replace")
    return found + _UTF8 if found.startswith(b"text/") else found


def isPacked(contentType: bytes) -> bool:
    """Whether packing it again is for nothing."""
    kind = contentType.decode("ascii", "replace")
    return kind.startswith(_PACKED_TYPES) and not kind.startswith(("image/svg", "image/bmp"))


def _sniffed(first: bytes) -> bytes:
    text = first.lstrip(b"\t\n\x0c\r ")
    upper = text.upper()
    for tag in _HTML:
        if upper.startswith(tag) and (tag == b"<!--" or upper[len(tag) : len(tag) + 1] in (b" ", b">")):
            return b"text/html" + _UTF8
    if text.startswith(b"<?xml"):
        return b"text/xml" + _UTF8
    for magic, found in _MAGIC:
        if first.startswith(magic):
            return found
    if first[:4] == b"RIFF" and first[8:14] == b"WEBPVP":
        return b"image/webp"
    if first[4:8] == b"ftyp":
        return b"video/mp4"
    if first.translate(None, _BINARY) == first:
        return b"text/plain" + _UTF8
    return b"application/octet-stream"
