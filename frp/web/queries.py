"""
What the query of a request may say, and headers beside it. Each parameter is a field of an attrs class::

    @frozen
    class Paging:
        page: int = parameter(positive("page", 1), "Which page, the first is 1.")
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from frp.values import frozen
from frp.web.answers import APIError

__all__ = [
    "LARGEST",
    "Parameter",
    "Reader",
    "flag",
    "maybe",
    "notNegative",
    "oneOf",
    "parameter",
    "parametersOf",
    "positive",
    "queried",
    "word",
]

#: The largest number that the reference reads.
LARGEST = (1 << 63) - 1

T = TypeVar("T")
Q = TypeVar("Q", bound=attrs.AttrsInstance)

_PARAMETER = "parameter"

# What the reference takes for yes.
_TRUE = ("1", "t", "T", "true", "TRUE", "True")


@frozen
class Reader(Generic[T]):
    """
    How the text of a parameter is understood.

    @ivar read: gets None where the query does not name the parameter.
    @ivar schema: its JSON Schema.
    @ivar needed: whether it has to be there.
    """

    read: Callable[[str | None], T]
    schema: Mapping[str, object]
    needed: bool = False


@frozen
class Parameter:
    """
    What a request may say beside its path and its body.

    @ivar header: whether it is a header; else it stands in the query.
    """

    name: str
    reader: Reader[Any]
    about: str
    header: bool = False


def parameter(reader: Reader[T], about: str, header: str = "") -> Any:
    """
    A field of the class of a query.

    @param header: the name of the one that says it, in place of the query.
    """
    return attrs.field(metadata={_PARAMETER: (reader, about, header)})


def _text() -> Mapping[str, object]:
    return {"type": "string"}


#: Any text; empty where it is not there.
word: Reader[str] = Reader(lambda given: given or "", _text())

#: Any text, which may be empty; None where it is not there.
maybe: Reader[str | None] = Reader(lambda given: given, _text())

#: Yes, or else no.
flag: Reader[bool] = Reader(lambda given: given in _TRUE, {"type": "boolean", "default": False})


def oneOf(name: str, *allowed: str, default: str | None = None) -> Reader[str]:
    """@param default: what counts where it is not there, one of them or empty; None, if it has to be there."""

    def read(given: str | None) -> str:
        found = (given or "").strip().lower() or default
        if found is None:
            raise APIError(400, f"{name} is required")
        if found not in allowed and found != default:
            raise APIError(400, f"{name} must be one of {', '.join(allowed)}")
        return found

    return Reader(read, {"type": "string", "enum": list(allowed)}, needed=default is None)


def positive(name: str, default: int, most: int | None = None) -> Reader[int]:
    """
    A whole number from 1.

    @param most: the largest one.
    """

    def read(given: str | None) -> int:
        if not given:
            return default
        digits = given.removeprefix("+")
        number = int(digits[-20:]) if digits.isascii() and digits.isdigit() else 0
        if not 0 < number <= LARGEST or digits[:-20].strip("0"):
            raise APIError(400, f"{name} must be a positive integer")
        if most is not None and number > most:
            raise APIError(400, f"{name} must be between 1 and {most}")
        return number

    bound = {} if most is None else {"maximum": most}
    return Reader(read, {"type": "integer", "minimum": 1, "default": default, **bound})


def notNegative(name: str) -> Reader[float]:
    """A number from 0, which is also what counts where it is not there."""

    def read(given: str | None) -> float:
        try:
            number = float(given or 0)
        except ValueError:
            number = -1
        if not 0 <= number < math.inf:
            raise APIError(400, f"{name} must be a number that is not negative")
        return number

    return Reader(read, {"type": "number", "minimum": 0, "default": 0})


def queried(
    query: type[Q], given: Mapping[bytes, list[bytes]], header: Callable[[str], str | None] = lambda name: None
) -> Q:
    """
    @param given: as Twisted reads it.
    @param header: the value of one, or None.
    @raise APIError: with the status 400.
    """
    values = {}
    for field in attrs.fields(query):
        reader, _about, headed = field.metadata[_PARAMETER]
        found = given.get(field.name.encode())
        inQuery = found[0].decode("utf-8", "replace") if found else None
        values[field.name] = reader.read(header(headed) if headed else inQuery)
    return query(**values)


def parametersOf(query: type) -> list[Parameter]:
    """@return: in the order of the fields."""
    found = ((one.name, *one.metadata[_PARAMETER]) for one in attrs.fields(query))
    return [Parameter(header or name, reader, about, bool(header)) for name, reader, about, header in found]
