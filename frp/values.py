"""
Classes of fields, as attrs makes them, that share how they compare and how they are shown.

attrs writes and compiles that for each class, at each start: more than half of what a class costs then, and frps has a
hundred. Readers and type checkers may take both decorators for those of attrs.
"""

from __future__ import annotations

from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

import attrs

__all__ = ["define", "frozen"]

if TYPE_CHECKING:
    from attrs import define, frozen
else:

    def define(cls=None, **wishes):
        """As C{attrs.define}: what has equal fields is equal, and has no hash."""
        return _decorator(cls, attrs.define, None, wishes)

    def frozen(cls=None, **wishes):
        """As C{attrs.frozen}: what has equal fields is equal, and can be a key."""
        return _decorator(cls, attrs.frozen, _hash, wishes)


def _decorator(cls: type | None, make: Any, hashing: Any, wishes: dict[str, Any]) -> Any:
    def decorate(cls: type) -> Any:
        options = dict(wishes)
        shared: dict[str, object] = {"__repr__": _shown} if options.pop("repr", True) else {}
        if options.pop("eq", True):
            shared.update(__eq__=_equal, __hash__=hashing)
        for name, method in shared.items():
            if name not in vars(cls):
                setattr(cls, name, method)
        made: Any = make(eq=False, repr=False, **options)(cls)
        compared = [field.name for field in attrs.fields(made) if field.eq]
        # Without a field, what is of the same class is the same.
        made.__compared__ = attrgetter(*compared or ["__class__"])
        return made

    return decorate if cls is None else decorate(cls)


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = self.__compared__
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash((self.__class__, self.__compared__(self)))


@recursive_repr("...")
def _shown(self: Any) -> str:
    fields = [
        f"{field.name}={repr(value) if field.repr is True else field.repr(value)}"
        for field in attrs.fields(self.__class__)
        if field.repr
        for value in [getattr(self, field.name, attrs.NOTHING)]
    ]
    return f"{self.__class__.__qualname__.rpartition('>.')[2]}({', '.join(fields)})"
