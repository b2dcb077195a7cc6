"""Orders in which a long list can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from twisted.internet.interfaces import IReactorTime

from frp.session.turns import ordered
from frp.web.queries import Reader, oneOf, parameter

__all__ = ["arranged", "sortParameter"]

T = TypeVar("T")

#: In front of a key it turns the order round.
_BACK = "-"


def sortParameter(keys: Iterable[str]) -> Any:
    """@return: the field C{sort} of the class of a query; it is empty for the order that the list has by itself."""
    names = tuple(keys)
    reader: Reader[str] = oneOf("sort", *names, *(f"{_BACK}{name}" for name in names), default="")
    return parameter(reader, "By which key; a minus in front of it turns the order round.")


async def arranged(clock: IReactorTime, sort: str, keys: Mapping[str, Callable[[T], Any]], found: list[T]) -> list[T]:
    """
    @param sort: as the query has it.
    @param keys: what is compared, by the names that C{sort} may have.
    @return: in that order; those that are equal stay in the order that the list has by itself.
    """
    if not sort:
        return found
    return await ordered(clock, keys[sort.removeprefix(_BACK)], found, reverse=sort.startswith(_BACK))
