"""
Shapes: attrs classes whose fields are the keys of a JSON object. What is written is made from an instance, and the
JSON Schema from the class.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from frp.web.answers import LONG

__all__ = ["isLong", "plain", "schemaOf", "sometimes"]

_OMITTED = "omitted"

_Keys = tuple[tuple[str, bool], ...]

# Those of the shapes that were written before.
_SHAPES: dict[type, _Keys] = {}

# What needs no look.
_WRITTEN = frozenset((str, int, float, bool, type(None)))

_SIMPLE: Mapping[object, Mapping[str, object]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    object: {},
    Any: {},
}


def sometimes(default: object = attrs.NOTHING) -> Any:
    """A field that is left out where its value is empty."""
    return attrs.field(default=default, metadata={_OMITTED: True})


def _keys(kind: type[Any]) -> _Keys | None:
    """@return: the keys of a shape, and whether each is left out where it is empty; None for what is none."""
    known = _SHAPES.get(kind)
    if known is None and attrs.has(kind):
        known = _SHAPES[kind] = tuple((one.name, _OMITTED in one.metadata) for one in attrs.fields(kind))
    return known


def isLong(value: object) -> bool:
    """Whether it takes its time to write: there is a long list in it, or it is one."""
    kind: type[Any] = type(value)
    keys = _keys(kind)
    within = [value] if keys is None else [value, *(getattr(value, name) for name, _ in keys)]
    return any(isinstance(one, list) and len(one) > LONG for one in within)


def plain(value: object) -> object:
    """@return: what C{json} can write of a shape, or of whatever has shapes in it."""
    kind: type[Any] = type(value)
    if kind in _WRITTEN:
        return value
    keys = _keys(kind)
    if keys is not None:
        found = {}
        for name, omitted in keys:
            own = getattr(value, name)
            if own or not omitted:
                found[name] = plain(own)
        return found
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def schemaOf(shape: object, shapes: MutableMapping[str, object]) -> dict[str, object]:
    """
    @param shape: a type.
    @param shapes: where the schema of each class goes, by its name; they refer to each other below
        C{#/components/schemas/}.
    """
    simple = _SIMPLE.get(shape)
    if simple is not None:
        return dict(simple)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schemaOf(one, shapes) for one in arguments]}
    if origin is tuple and ... not in arguments:
        items = [schemaOf(one, shapes) for one in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin in (list, tuple, Sequence):
        return {"type": "array", "items": schemaOf(arguments[0], shapes)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": schemaOf(arguments[1], shapes)}
    if isinstance(shape, type) and attrs.has(shape):
        return _reference(shape, shape.__name__, {}, shapes)
    if isinstance(origin, type) and attrs.has(origin):
        names = dict(zip(origin.__parameters__, arguments, strict=True))  # type: ignore[attr-defined]
        title = origin.__name__ + "".join(one.__name__ for one in arguments)
        return _reference(origin, title, names, shapes)
    raise TypeError(f"{shape!r} has no JSON Schema")


def _reference(
    shape: type, name: str, arguments: Mapping[object, object], shapes: MutableMapping[str, object]
) -> dict[str, object]:
    if name not in shapes:
        shapes[name] = {}  # it may have itself within
        shapes[name] = _schema(shape, arguments, shapes)
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(shape: type, arguments: Mapping[object, object], shapes: MutableMapping[str, object]) -> dict[str, object]:
    hints = get_type_hints(shape)
    fields = attrs.fields(shape)
    return {
        "type": "object",
        "properties": {one.name: schemaOf(_given(hints[one.name], arguments), shapes) for one in fields},
        "required": [one.name for one in fields if _OMITTED not in one.metadata],
    }


def _given(hint: Any, arguments: Mapping[object, object]) -> object:
    """What a type says, with the arguments of its class in place of their names."""
    if hint in arguments:
        return arguments[hint]
    named = getattr(hint, "__parameters__", ())
    return hint[tuple(arguments[one] for one in named)] if named else hint
