"""The dialects that this version speaks. One that is not in use is not imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from frp.wire.dialect import Dialect
from frp.wire.sniff import V2_MAGIC
from frp.wire.v1 import V1

__all__ = ["dialectNamed", "dialectOf"]


@cache
def _v2() -> Dialect:
    from frp.wire.v2.dialect import V2

    return V2


_NAMED: dict[str, Callable[[], Dialect]] = {"v1": lambda: V1, "v2": _v2}

# By what a connection in them begins with. Whatever begins otherwise is in version 1: what it is, its reader says best.
_MAGICS = {V2_MAGIC: _v2}


def dialectNamed(name: str) -> Dialect:
    """@param name: as C{transport.wireProtocol} says it; the configuration takes no other."""
    return _NAMED[name]()


def dialectOf(first: bytes) -> Dialect | None:
    """
    @param first: the first bytes of a logical connection, at least one.
    @return: the dialect that it is in; None when more bytes are needed to tell.
    """
    for magic, load in _MAGICS.items():
        if first.startswith(magic):
            return load()
        if magic.startswith(first):
            return None
    return V1
