"""What keys may not be, though each of them by itself is well declared: called like what their table has, and so on."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from frp.config.declare import BadKey, Declared, Shape, keysOf, onceEach, ownerOf, tableType

__all__ = ["badDefaults", "heldToBases", "tablesOf"]

#: Where the rules of a table stand, whether it has some or not.
_RULES = frozenset({"problems", "checkOrder"})

_DEFAULTS: dict[str, type] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


@onceEach
def tablesOf(schema: type) -> list[type]:
    """
    @return: a table and all those that its keys hold, but the ones that are chosen by a type.
    @raise BadKey: as L{keysOf}.
    """
    found = [schema]
    for one in found:
        for declared in keysOf(one).values():
            shape = declared.shape.item or declared.shape
            if shape.kind == "table" and shape.type not in found:
                found.append(shape.type)
    return found


@onceEach
def heldToBases(schema: type) -> None:
    """
    Hold the keys of a table, and of those below it, to what their bases have: others reach that by its name.

    @raise BadKey: a key is in the way, or as L{keysOf}.
    """
    for one in tablesOf(schema):
        seen: dict[str, str] = {}
        for name, declared in keysOf(one).items():
            _hold(one, declared)
            same = seen.setdefault(name.lower(), name)
            if same != name:
                what = f"it is called like the key {same}: capital letters count for nothing"
                raise BadKey(ownerOf(one, name), name, what, "another name")


def _hold(schema: type, declared: Declared) -> None:
    name, owner = declared.name, ownerOf(schema, declared.name)
    if name in _RULES:
        raise BadKey(owner, name, "it is called like the rules of a table", "another name")
    for base in schema.__mro__[:-1]:
        if name in vars(base):
            what = f"it is called like a method, or another attribute, of {base.__name__}"
            raise BadKey(owner, name, what, "another name")
        there = keysOf(base).get(name) if base is not owner and tableType(base) is not None else None
        if there is not None and not _fits(declared.shape, there.shape):
            what = f"it is called like a key of {_first(base, name).__name__}, which is {_named(there.shape)}"
            raise BadKey(owner, name, what, "another name; a key of the same type takes the place of that key")


def _first(schema: type, name: str) -> type:
    """The class that has brought the key."""
    return next(cls for cls in reversed(schema.__mro__) if name in inspect.get_annotations(cls))


def _fits(shape: Shape, there: Shape) -> bool:
    """Whether a key of one shape can stand where one of the other was declared."""
    if shape.kind != there.kind or shape.optional > there.optional:
        return False
    if shape.item is not None and there.item is not None:
        return _fits(shape.item, there.item)
    return shape.type is there.type or issubclass(shape.type, there.type)


def badDefaults(schema: type) -> Iterator[BadKey]:
    """
    @return: the keys of a table, and of those below it, with a default that a file could not hold. They do no harm
        before somebody relies on the type.
    """
    for one in tablesOf(schema):
        for name, declared in keysOf(one).items():
            default = declared.default()
            if declared.field.converter is None and not _suits(declared.shape, default):
                named = _named(declared.shape)
                yield BadKey(ownerOf(one, name), name, f"its default is {default!r}, and its type {named}", _RIGHT)
            elif declared.meta.required and default:
                what = f"it is required, and has a default, {default!r}: nobody would miss it"
                yield BadKey(ownerOf(one, name), name, what, 'an empty default, such as "", or no required=True')


_RIGHT = "a default of that type, a class that makes one, or None for a key that may be None"


def _suits(shape: Shape, default: object) -> bool:
    if default is None:
        return shape.optional
    if shape.kind == "choice":
        return isinstance(default, shape.type)
    if isinstance(default, (list, dict)) and shape.item is not None:
        items = default.values() if isinstance(default, dict) else default
        return isinstance(default, _DEFAULTS[shape.kind]) and all(_suits(shape.item, item) for item in items)
    known = _DEFAULTS.get(shape.kind)
    return type(default) is known if known is not None else isinstance(default, shape.type)


def _named(shape: Shape) -> str:
    """The type of a key, as it is annotated."""
    item = "" if shape.item is None else _named(shape.item)
    named = {"list": f"list[{item}]", "dict": f"dict[str, {item}]"}.get(shape.kind)
    named = named or (shape.kind if shape.type is None else shape.type.__name__)
    return f"{named} | None" if shape.optional else named
