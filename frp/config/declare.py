"""The declaration of a configuration table: a class with annotated keys, from which everything else follows."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar, dataclass_transform, overload

import attrs
from zope.interface import Interface

from frp.values import frozen

__all__ = [
    "BadKey",
    "Choice",
    "Declared",
    "Key",
    "Problem",
    "Shape",
    "TableType",
    "key",
    "keysOf",
    "onceEach",
    "ownerOf",
    "table",
]

T = TypeVar("T")

Check = Callable[[Any, Any], str]
"""Gives the reference's text for an unusable value, or nothing; is called with the value and its whole table."""

_KEY = "frp.config.key"
_TABLE = "__frpTable__"
# To the type checker attrs.Factory is a function.
_FACTORY: Any = attrs.Factory


class Problem(NamedTuple):
    """
    What a rule of a table found.

    @ivar key: the key below the table, C{"certFile"} or C{"oidc.clientID"}; empty for the table itself.
    @ivar text: the reference's words.
    @ivar hint: what to do about it, or empty.
    """

    key: str
    text: str
    hint: str = ""


class Ruled(Protocol):
    """A table with rules that need more than one key. Those of the tables that it is derived from are asked as well."""

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """
        @param at: where the table stands, C{"auth.tokenSource"}.
        @param allowed: the unsafe features that were allowed on the command line.
        """


@frozen
class Choice:
    """
    A table whose keys depend on its C{type}: the schema is that of the kind with this name.

    @ivar family: the interface of the kinds; None while there are none, then every name is unknown.
    @ivar noun: C{"proxy"}, as the reference's texts say it.
    @ivar empty: what is wrong when there is no type.
    @ivar within: stands before a problem inside the table.
    @ivar withinUnknown: stands before an unknown key inside the table, where the reference says it otherwise.
    @ivar suffix: what the reference puts in place of C{Config} in the name of a schema.
    """

    family: type[Interface] | None
    noun: str
    empty: str
    within: str
    suffix: str
    withinUnknown: str = ""


@frozen
class Key:
    """
    What is known of a key besides its type and its default.

    @ivar help: one or two sentences for the reference pages and the web form.
    @ivar check: the rule of its value.
    @ivar doubt: what is odd about a value that is taken all the same: it is the reference that decides what is wrong.
    @ivar required: a table without it, or with an empty value, cannot be used.
    @ivar place: of a transport's table: it says where the server is, in place of C{serverAddr} and C{serverPort}.
    @ivar secret: never shown.
    @ivar reads: it is the path of a file without which the kind whose table this is cannot be had.
    @ivar written: it is the path of a file that the program writes, or the default is none.
    @ivar unit: what a number counts, C{"seconds"}.
    @ivar oneOf: the values that are allowed; of each item, for a list.
    @ivar family: the names of its kinds are allowed, too: those of an interface.
    @ivar zero: whether zero is a value like others, and not the same as an absent key. For a key that may be None it
        always is.
    @ivar spelled: how it is written, for whoever writes a value of another type. A key of the reference has the
        reference's text for that.
    @ivar refusal: the reference's text for a value that is not one of them; C{{value}} and C{{allowed}} are filled in.
    @ivar shown: the default in words, where it depends on something else.
    @ivar reference: the name of the type in the reference's texts, where it does not follow from the annotation.
    """

    help: str
    check: Check | None = None
    doubt: Check | None = None
    secret: bool = False
    reads: bool = False
    written: bool = False
    unit: str = ""
    oneOf: tuple[str, ...] = ()
    refusal: str = ""
    shown: str = ""
    reference: str = ""
    family: type[Interface] | None = None
    zero: bool = False
    spelled: str = ""
    required: bool = False
    place: bool = False


def key(
    default: object,
    help: str,
    *,
    check: Check | None = None,
    doubt: Check | None = None,
    required: bool = False,
    place: bool = False,
    secret: bool = False,
    reads: bool = False,
    written: bool = False,
    unit: str = "",
    oneOf: tuple[str, ...] = (),
    refusal: str = "",
    shown: str = "",
    reference: str = "",
    family: type[Interface] | None = None,
    zero: bool = False,
    spelled: str = "",
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """
    One key of a table.

    @param default: what stands when the key is absent or, without C{zero}, zero (0, "", an empty list); a class, such
        as C{list} or a table, is called for each new table.
    @param converter: what becomes of a value that may be written in several ways. The other parameters are those of
        L{Key}.
    """
    if isinstance(default, (list, dict, set)):
        made = type(default).__name__
        raise TypeError(
            f"the default of a key is {default!r}, which all tables would share: use {made}, without brackets"
        )
    known = Key(help, check, doubt, secret, reads, written, unit, oneOf, refusal, shown, reference, family, zero)
    meta = {_KEY: attrs.evolve(known, spelled=spelled, required=required, place=place)}
    if isinstance(default, type):
        return attrs.field(factory=default, metadata=meta, converter=converter)
    return attrs.field(default=default, metadata=meta, converter=converter)


@frozen
class TableType:
    """
    What is known of a table besides its keys.

    @ivar reference: its name in the reference's texts about wrong types.
    @ivar inline: the reference has no such table: its keys are those of whatever is derived from it.
    """

    reference: str
    choice: Choice | None = None
    inline: bool = False


@overload
def table(cls: type[T]) -> type[T]: ...
@overload
def table(
    *, reference: str = "", choice: Choice | None = None, inline: bool = False
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(kw_only_default=True)
def table(
    cls: type[T] | None = None, *, reference: str = "", choice: Choice | None = None, inline: bool = False
) -> Any:
    """
    Declare a configuration table. Every annotated field is a L{key}; the docstring is the table's help. Tables may be
    derived from others, and mixed.

    A table completes itself when it is made (C{__attrs_post_init__}): defaults that depend on other keys need no second
    step. Rules that need more than one key are its C{problems}, see L{Ruled}. The parameters are those of
    L{TableType}.
    """

    def declare(cls: type[T]) -> type[T]:
        # Without slots, so that tables can be mixed; and with attrs' own comparison, for a reload compares thousands.
        made = attrs.define(kw_only=True, slots=False)(cls)
        setattr(made, _TABLE, TableType(reference or f"v1.{cls.__name__}", choice, inline))
        return made

    return declare if cls is None else declare(cls)


@frozen
class Shape:
    """
    The type of a key, taken apart.

    @ivar kind: C{str}, C{int}, C{bool}, C{list}, C{dict}, C{table}, C{choice} or C{value}.
    @ivar type: the class, for a table, a choice or a value.
    @ivar reference: the name in the reference's texts.
    """

    kind: str
    reference: str
    type: Any = None
    item: Shape | None = None
    optional: bool = False


@frozen
class Declared:
    """
    One key of one schema, as the decoder and the pages see it.

    @ivar embedded: what the reference's texts put before the name of a key that comes from a base table.
    """

    name: str
    meta: Key
    shape: Shape
    field: attrs.Attribute[Any]
    embedded: str

    def default(self) -> Any:
        """A fresh default."""
        given = self.field.default
        return given.factory() if isinstance(given, _FACTORY) else given


_PLAIN = {str: "string", int: "int", bool: "bool"}


def tableType(cls: object) -> TableType | None:
    """What C{@table} noted on this very class, or None."""
    found = vars(cls).get(_TABLE) if isinstance(cls, type) else None
    return found if isinstance(found, TableType) else None


def shapeOf(annotation: object, reference: str = "") -> Shape:
    """@raise TypeError: a table cannot have a key of this type; a bug of whoever declared it."""
    if isinstance(annotation, type) and annotation in _PLAIN:
        return Shape(annotation.__name__, reference or _PLAIN[annotation])
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        item = shapeOf(arguments[0], reference)
        return Shape("list", "[]" + ("jsonx.RawMessage" if item.kind == "choice" else item.reference), item=item)
    if origin is dict and arguments[0] is str:
        item = shapeOf(arguments[1], reference)
        return Shape("dict", "map[string]" + item.reference, item=item)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in arguments if a is not type(None)]
        if len(inner) == 1:
            return attrs.evolve(shapeOf(inner[0], reference), optional=True)
    known = tableType(annotation)
    if known is not None:
        if known.choice is not None:
            return Shape("choice", "v1.typedEnvelope", type=annotation)
        return Shape("table", reference or known.reference, type=annotation)
    if hasattr(annotation, "parse"):
        return Shape("value", reference or "string", type=annotation)
    named = annotation.__name__ if origin is None and isinstance(annotation, type) else annotation
    raise TypeError(f"a configuration table cannot have a key of type {named}")


def onceEach(answer: Callable[[type], T]) -> Callable[[type], T]:
    """Asked for a class, it answers the next time without looking."""
    return cache(answer)


def _way(cls: type, base: type) -> list[type] | None:
    """The bases that lead from a class to one that it is derived from, without the class itself."""
    if cls is base:
        return []
    for parent in cls.__bases__:
        rest = _way(parent, base)
        if rest is not None:
            return [parent, *rest]
    return None


def ownerOf(schema: type, name: str) -> type:
    """@return: the class whose declaration of a key counts in this schema."""
    return next(cls for cls in schema.__mro__ if name in inspect.get_annotations(cls))


@onceEach
def keysOf(schema: type) -> dict[str, Declared]:
    """
    The keys of a schema in the order of declaration, bases first.

    @raise BadKey: a key is not declared as it should be; a bug of whoever declared it.
    """
    hints = _hints(schema)
    found = {}
    for field in attrs.fields(schema):
        owner = next((c for c in reversed(schema.__mro__) if field.name in inspect.get_annotations(c)), schema)
        meta = field.metadata.get(_KEY)
        if meta is None and field.metadata:  # room for the tables of kinds
            continue
        if meta is None:
            raise BadKey(owner, field.name, "it is no key", f"{field.name}: ... = key(default, help)")
        if field.name not in hints:
            raise BadKey(owner, field.name, "it has no type", f"{field.name}: str = key(default, help)")
        try:
            shape = shapeOf(hints[field.name], meta.reference)
        except TypeError as error:
            raise BadKey(owner, field.name, str(error), _TYPES) from error
        way = [tableType(c) for c in _way(schema, owner) or ()]
        embedded = "".join(t.reference.rpartition(".")[2] + "." for t in way if t is not None and not t.inline)
        found[field.name] = Declared(field.name, meta, shape, field, embedded)
    return found


class BadKey(TypeError):
    """A key of a class that is not declared as it should be, and how it is."""

    def __init__(self, owner: type, name: str, what: str, expected: str) -> None:
        super().__init__(f"{owner.__name__}.{name}: {what}")
        self.owner = owner
        self.name = name
        self.expected = expected


_TYPES = (
    "a type that a key can have: str, int, bool, a list of one of these, dict[str, str], another class with @table, a "
    "list of it, it or None, or a class with parse(text)"
)


def _hints(schema: type) -> dict[str, object]:
    """@raise BadKey: an annotation means nothing."""
    try:
        return typing.get_type_hints(schema)
    except Exception as error:
        for owner in schema.__mro__:
            for name, annotation in inspect.get_annotations(owner).items():
                try:
                    alone = {"__annotations__": {name: annotation}, "__module__": owner.__module__}
                    typing.get_type_hints(type(owner.__name__, (), alone))
                except Exception:
                    raise BadKey(owner, name, f"its type means nothing: {error}", _TYPES) from error
        raise
