"""Text in the cells of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import combining, east_asian_width

__all__ = ["Line", "Span", "amount", "cut", "padded", "printable", "width"]

#: Some text, and its style: one of those of L{frp.cli.view.terminal}, or empty.
Span = tuple[str, str]
Line = tuple[Span, ...]

#: As on the pages.
_UNITS = ("B", "KB", "MB", "GB", "TB")


def amount(count: int) -> str:
    """@return: so many bytes, as people say it."""
    size, unit = float(count), 0
    while size >= 1023.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{count} B"


def printable(text: str) -> str:
    """@return: the text, without what would move the cursor: much of what is shown was said by others."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _cells(char: str) -> int:
    return 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """@return: how many cells it takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(line: Iterable[Span], room: int) -> Line:
    """@return: as much of it as stands in so many cells; where that is not all, the last one says so."""
    spans = tuple(line)
    if sum(width(text) for text, _ in spans) <= room:
        return spans
    left, kept = room - 1, list[Span]()
    for text, style in spans:
        short = _beginning(text, left)
        kept.append((short, style))
        left -= width(short)
        if short != text:
            break
    return (*kept, ("…", ""))


def _beginning(text: str, room: int) -> str:
    for end, char in enumerate(text):
        room -= _cells(char)
        if room < 0:
            return text[:end]
    return text


def padded(text: str, room: int, *, right: bool = False) -> str:
    """@return: the text in exactly so many cells, at the left or right end of them."""
    ((text, _), *more) = cut([(text, "")], room)
    text += "".join(one for one, _ in more)
    space = " " * (room - width(text))
    return space + text if right else text + space
