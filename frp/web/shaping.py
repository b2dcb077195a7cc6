"""
Shapes: attrs classes whose fields are the keys of a JSON object. What is written is made from an instance, and the
JSON Schema from the class.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

__all__ = ["Written", "fieldsOf", "schemaOf", "sometimes"]


class Written:
    """
    A JSON object that is written already: one that is asked for often, and never changes.

    @ivar text: in UTF-8.
    """

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


_OMITTED = "omitted"

# The names of the fields, and those of the fields that are left out where they are empty, of shapes seen before.
_SHAPES: dict[type, tuple[tuple[str, ...], tuple[str, ...]]] = {}

_SIMPLE: Mapping[object, Mapping[str, object]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    object: {},
    Any: {},
    Written: {"type": "object"},
}


def sometimes(default: object = attrs.NOTHING) -> Any:
    """A field that is left out where its value is empty."""
    return attrs.field(default=default, metadata={_OMITTED: True})


def fieldsOf(value: object) -> Mapping[str, object] | None:
    """@return: the keys of a shape or of a mapping and what stands there; None for what is neither."""
    kind: type[Any] = type(value)
    known = _SHAPES.get(kind)
    if known is None:
        if not attrs.has(kind):
            return value if isinstance(value, Mapping) else None
        fields = attrs.fields(kind)
        sometimes = tuple(one.name for one in fields if _OMITTED in one.metadata)
        known = _SHAPES[kind] = tuple(one.name for one in fields), sometimes
    names, sometimes = known
    # A shape without slots, of which a list has thousands, has it all together already.
    own: dict[str, object] = getattr(value, "__dict__", {})
    found = own if len(own) == len(names) else {name: getattr(value, name) for name in names}
    for name in sometimes:
        if not found[name]:
            return {name: one for name, one in found.items() if one or name not in sometimes}
    return found


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
    if origin in (list, tuple, Sequence, Iterable):
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
