"""The C{Range} of a request, and its conditions."""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime

from frp.wire.http.fields import Fields

__all__ = ["Unsatisfiable", "httpDate", "rangesOf", "statusOf"]

#: Ranges of one request. Who asks for more gets the whole.
MOST = 100


class Unsatisfiable(Exception):
    """The ranges cannot be read, or none of them lies in the file."""


def httpDate(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode("ascii")


def _seconds(value: bytes) -> int | None:
    """@return: None where it is no date."""
    try:
        return int(parsedate_to_datetime(value.decode("ascii")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


def statusOf(fields: Fields, modified: int) -> int:
    """@return: 200, 304 where the user has it already, 412 where the user wants another one. Files have no tags."""
    wanted = fields.get(b"if-match")
    if wanted is not None:
        if b"*" not in fields.members(b"if-match"):
            return 412
    else:
        since = _seconds(fields.get(b"if-unmodified-since") or b"")
        if since is not None and modified > since:
            return 412
    if b"if-none-match" in fields:
        return 304 if b"*" in fields.members(b"if-none-match") else 200
    since = _seconds(fields.get(b"if-modified-since") or b"")
    return 304 if since is not None and modified <= since else 200


def rangesOf(fields: Fields, size: int, modified: int) -> list[tuple[int, int]]:
    """
    @return: offset and length of each range that is wanted; empty for the whole.
    @raise Unsatisfiable: 416.
    """
    value = fields.get(b"range")
    if value is None:
        return []
    condition = fields.get(b"if-range")
    if condition is not None and _seconds(condition) != modified:
        return []
    if not value.startswith(b"bytes="):
        raise Unsatisfiable
    asked = [part.strip() for part in value[6:].split(b",")]
    asked = [part for part in asked if part]
    if len(asked) > MOST:
        return []
    found = [one for part in asked if (one := _range(part, size)) is not None]
    if asked and not found:
        if size == 0:
            return []
        raise Unsatisfiable
    # Who asks for more than there is means no good, or makes a mistake.
    return found if sum(length for _, length in found) <= size else []


def _range(part: bytes, size: int) -> tuple[int, int] | None:
    """@return: None where it lies behind the end."""
    first, dash, last = part.partition(b"-")
    first, last = first.strip(), last.strip()
    if not dash or not (first or last) or (first and not first.isdigit()) or (last and not last.isdigit()):
        raise Unsatisfiable
    if max(len(first), len(last)) > 18:
        raise Unsatisfiable
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else None
    start = int(first)
    if last and int(last) < start:
        raise Unsatisfiable
    if start >= size:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return start, end - start + 1
