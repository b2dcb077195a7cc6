"""Hypothesis strategies: valid messages, and bytes cut anywhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from frp.wire.messages import MESSAGES, Message

__all__ = ["cuts", "fields", "messages", "pieces"]

T = TypeVar("T")

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_ADDRESS = st.one_of(st.just(""), st.ip_addresses().map(str))


def messages(cls: type[Message] | None = None) -> st.SearchStrategy[Message]:
    """Any valid message, of one class or of all."""
    return st.one_of([_instances(one) for one in MESSAGES]) if cls is None else _instances(cls)


def _instances(cls: type[T]) -> st.SearchStrategy[T]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: _values(hints[field.name], field) for field in fields(cls)})


def _values(hint: Any, field: attrs.Attribute[Any]) -> st.SearchStrategy[Any]:
    if hint is int:
        low, high = field.metadata["range"]
        return st.integers(low, high)
    if hint is str:
        return _ADDRESS if field.name == "IP" else _TEXT
    if hint in (bool, bytes):
        return st.from_type(hint)
    if get_origin(hint) is dict:
        return st.dictionaries(_TEXT, _TEXT, max_size=4)
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        return st.lists(_TEXT if item is str else _instances(item), max_size=4)
    if type(None) in get_args(hint):
        return st.none() | _instances(get_args(hint)[0])
    return _instances(hint)


def fields(cls: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The declared fields of a message."""
    found: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    return found


def pieces(data: bytes, marks: list[int]) -> list[bytes]:
    """The same bytes in pieces: cut at each mark, taken modulo the length."""
    ends = sorted({mark % (len(data) + 1) for mark in marks} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def cuts() -> st.SearchStrategy[list[int]]:
    """Marks for L{pieces}."""
    return st.lists(st.integers(0, 2**17), max_size=12)
