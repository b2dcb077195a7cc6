"""From the path of a URL to that of a file, and back."""

from __future__ import annotations

import posixpath
import re
from html import escape
from urllib.parse import quote, unquote_to_bytes

__all__ = ["BadPath", "cleaned", "decoded", "encoded", "listing"]

_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+/?")


class BadPath(Exception):
    """The path of a request cannot be read."""


def decoded(path: bytes) -> str:
    """
    @param path: of a URL, without its query.
    @raise BadPath: a percent sign escapes nothing.
    """
    if _ESCAPE.search(path):
        raise BadPath
    return unquote_to_bytes(path).decode("utf-8", "surrogateescape")


def encoded(path: str) -> bytes:
    """@return: a path, absolute or relative, as a URL has it."""
    safe = quote(path.encode("utf-8", "surrogateescape"), safe="/$&+,:;=@~!*'()")
    # What stands before a colon would be taken for a scheme.
    return (f"./{safe}" if ":" in safe.partition("/")[0] else safe).encode("ascii")


def cleaned(path: str) -> str:
    """@return: a path without C{"."}, C{".."} and empty parts; a slash at its end stays."""
    found = posixpath.normpath("/" + path.lstrip("/"))
    return found + "/" if path.endswith("/") and found != "/" else found


def listing(names: list[tuple[str, bool]], *, whole: bool = True) -> bytes:
    """
    @param names: what lies in a folder, and whether that is a folder.
    @param whole: whether that is all.
    @return: a page with a link to each.
    """
    lines = ["<!doctype html>", '<meta name="viewport" content="width=device-width">', "<pre>"]
    for name, isFolder in sorted(names):
        shown = name + "/" if isFolder else name
        if _PLAIN.fullmatch(shown):
            lines.append(f'<a href="{shown}">{shown}</a>')
            continue
        text = escape(shown, quote=True).encode("utf-8", "replace").decode("utf-8")
        lines.append(f'<a href="{escape(encoded(shown).decode("ascii"))}">{text}</a>')
    if not whole:
        lines.append("and more")
    return "\n".join([*lines, "</pre>", ""]).encode()
