"""Which keys differ between two configurations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from frp.config.kindtables import kindsOf

__all__ = ["differing"]


def differing(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """
    Compare two tables of one class, key by key.

    @param place: of both, with a dot behind it; empty for the whole.
    @return: the keys as a user would write them. A list, and a table that is only in one of the two, are keys.
    """
    kinds = kindsOf(type(before))
    for field in attrs.fields(type(before)):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if kinds is not None and field.name == kinds.attribute:
            yield from (f"{place}{name}" for name in sorted({*old, *new}) if old.get(name) != new.get(name))
        elif attrs.has(type(old)) and type(old) is type(new):
            yield from differing(old, new, f"{place}{field.name}.")
        else:
            yield f"{place}{field.name}"
