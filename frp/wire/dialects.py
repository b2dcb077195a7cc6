"""The dialects that this version speaks."""

from __future__ import annotations

from frp.wire.dialect import Dialect
from frp.wire.v1 import V1

__all__ = ["KNOWN", "dialectNamed", "dialectOf"]

KNOWN: list[Dialect] = [V1]
"""In the order in which a connection is tried; the last takes what none of the others does."""


def dialectNamed(name: str) -> Dialect | None:
    """@param name: as C{transport.wireProtocol} says it."""
    return next((dialect for dialect in KNOWN if dialect.name == name), None)


def dialectOf(first: bytes) -> Dialect | None:
    """
    @param first: the first bytes of a logical connection, at least one.
    @return: the dialect that it is in; None when more bytes are needed to tell.
    """
    for dialect in KNOWN[:-1]:
        matches = dialect.matches(first)
        if matches is None:
            return None
        if matches:
            return dialect
    return KNOWN[-1]
