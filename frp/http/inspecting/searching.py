"""Finding requests by what stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frp.http.inspecting.records import KeptBody, Record
from frp.http.inspecting.unpacking import unpacked

__all__ = ["SEARCHED", "holds"]

#: Bytes of each body that are searched: thousands of requests may have to be.
SEARCHED = 1 << 16

_Pairs = list[tuple[str, str]]


def holds(record: Record, words: Sequence[str]) -> bool:
    """
    @param words: in small letters.
    @return: whether each is the method, the status or the outcome, or a part of the address, the user's, a header or
        the beginning of a body, which was unpacked.
    """
    said = (record.method.lower(), str(record.status), record.outcome or "open")
    left = [word for word in words if word not in said]
    if not left:
        return True
    for text in _texts(record):
        left = [word for word in left if word not in text]
        if not left:
            return True
    return False


def _texts(record: Record) -> Iterator[str]:
    """What can be read of it, what is cheap to look through first."""
    yield record.address.lower()
    yield record.peer
    yield record.trouble.lower()
    yield _heading(record.fields)
    yield _heading(record.responseFields)
    yield _body(record.body, record.fields)
    yield _body(record.responseBody, record.responseFields)


def _heading(fields: _Pairs) -> str:
    return "\n".join(f"{name}: {value}" for name, value in fields).lower()


def _body(body: KeptBody, fields: _Pairs) -> str:
    shown, _whole = unpacked(bytes(body.kept), fields, SEARCHED)
    return shown[:SEARCHED].decode("utf-8", "replace").lower()
