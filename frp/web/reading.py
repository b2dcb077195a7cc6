"""The other way round: an instance of a shape (L{frp.web.shaping}) from the JSON that somebody sends."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from frp.web.answers import APIError

__all__ = ["read"]

S = TypeVar("S")

#: Understands a value, whose place the text is.
_Reader = Callable[[object, str], object]

# What a simple type is called, and the types of Python that JSON gives for it.
_SIMPLE: Mapping[object, tuple[str, tuple[type, ...]]] = {
    str: ("a text", (str,)),
    bool: ("true or false", (bool,)),
    int: ("a whole number", (int,)),
    float: ("a number", (int, float)),
    type(None): ("null", (type(None),)),
}


def read(shape: type[S], value: object) -> S:
    """
    @param shape: an attrs class. Fields with a default need not be there; no others than its fields may be.
    @param value: as C{json} reads it.
    @raise APIError: with the status 400, and words that name the field.
    """
    return _reader(shape)(value, "")  # type: ignore[arg-type,return-value] # a class can be hashed


@cache
def _reader(shape: Any) -> _Reader:
    """@raise TypeError: nothing of that type can be read."""
    if shape is object or shape is Any:
        return lambda value, _place: value
    if shape in _SIMPLE:
        name, kinds = _SIMPLE[shape]
        return lambda value, place: value if type(value) in kinds else _wrong(place, name)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return lambda value, place: value if value in arguments else _wrong(place, f"one of {', '.join(arguments)}")
    if origin in (Union, types.UnionType) and type(None) in arguments:
        (other,) = (one for one in arguments if one is not type(None))
        rest = _reader(other)
        return lambda value, place: None if value is None else rest(value, place)
    if origin is list:
        return _list(_reader(arguments[0]))
    if origin is dict:
        return _mapping(_reader(arguments[1]))
    if origin is tuple:
        return _tuple([_reader(one) for one in arguments])
    if isinstance(shape, type) and attrs.has(shape):
        return _object(shape)
    raise TypeError(f"nothing reads {shape!r}")


def _list(entry: _Reader) -> _Reader:
    def found(value: object, place: str) -> object:
        if not isinstance(value, list):
            _wrong(place, "a list")
        return [entry(one, f"{place}[{index}]") for index, one in enumerate(value)]

    return found


def _mapping(entry: _Reader) -> _Reader:
    def found(value: object, place: str) -> object:
        if not isinstance(value, dict):
            _wrong(place, "an object")
        return {name: entry(one, f"{place}.{name}" if place else name) for name, one in value.items()}

    return found


def _tuple(entries: list[_Reader]) -> _Reader:
    def found(value: object, place: str) -> object:
        if not isinstance(value, list) or len(value) != len(entries):
            _wrong(place, f"a list of {len(entries)}")
        return tuple(
            entry(one, f"{place}[{index}]") for index, (entry, one) in enumerate(zip(entries, value, strict=True))
        )

    return found


def _object(shape: type) -> _Reader:
    hints = get_type_hints(shape)
    fields = {one.name: one for one in attrs.fields(shape)}

    def found(value: object, place: str) -> object:
        if not isinstance(value, dict):
            _wrong(place, "an object")
        within = f"{place}." if place else ""
        for name in value:
            if name not in fields:
                raise APIError(400, f"{within}{name} is not known here; there may be {', '.join(fields)}")
        for name, field in fields.items():
            if name not in value and field.default is attrs.NOTHING:
                raise APIError(400, f"{within}{name} is required")
        return shape(**{name: _reader(hints[name])(one, within + name) for name, one in value.items()})

    return found


def _wrong(place: str, wanted: str) -> NoReturn:
    raise APIError(400, f"{place or 'the body'} must be {wanted}")
