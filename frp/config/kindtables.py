"""
The tables of kinds below a table that many of them share: C{[auth.ldap]}, for an authenticator that is named ldap and
has a schema.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs
from zope.interface import Interface

from frp.config.badkeys import heldToBases
from frp.config.declare import BadKey, Declared, Key, Shape, keysOf, onceEach, tableType
from frp.errors import Fault, PluginError
from frp.interfaces import IConfigured
from frp.kinds import Registry
from frp.kinds.places import pageOf, placeOf, shortened
from frp.values import frozen

__all__ = [
    "Kinds",
    "allKeys",
    "chosen",
    "configured",
    "keyFault",
    "keyOfKind",
    "kindTables",
    "kindsOf",
    "schemaFault",
    "schemaOf",
    "tableOf",
    "tablesIn",
]

_KINDS = "frp.config.kinds"


@frozen
class Kinds:
    """
    Which kinds have their tables below a table.

    @ivar families: their interfaces. A name is that of the first of them that knows it.
    @ivar by: the key that names the one in use; empty where all are.
    @ivar attribute: where the tables are, by the names of the kinds.
    """

    families: tuple[type[Interface], ...]
    by: str = ""
    attribute: str = ""


def kindTables(*families: type[Interface], by: str = "") -> Any:
    """
    Not a key, but room for the tables of kinds, in a class with C{@table}. The parameters are those of L{Kinds}.

    The table of the kind in use is always there, if that kind has a schema and is none of those that the key C{by}
    lists: the keys of these are declared like all others.
    """
    return attrs.field(factory=dict, metadata={_KINDS: Kinds(families, by)})


@onceEach
def kindsOf(schema: type) -> Kinds | None:
    """What L{kindTables} noted in this class, or None."""
    found = [field for field in attrs.fields(schema) if _KINDS in field.metadata]
    return attrs.evolve(found[0].metadata[_KINDS], attribute=found[0].name) if found else None


def schemaOf(family: type[Interface], name: str, registry: Registry, base: type = object) -> type | None:
    """
    @param base: from which the schemas of this family are derived.
    @return: the schema of a kind; None where it is not configured by a table.
    @raise PluginError: it cannot be had, or its schema is none.
    """
    kind = registry.get(family, name)
    if not IConfigured.providedBy(kind):
        return None
    found = kind.schema
    title = f"{family.__name__} {name!r}"
    fault = schemaFault(found, base, title, lambda: placeOf(kind), pageOf(family))
    if fault is not None:
        raise PluginError(f"{title} has no table of keys", faults=[fault])
    assert isinstance(found, type)
    return found


def schemaFault(schema: object, base: type, title: str, place: Callable[[], str], page: str) -> Fault | None:
    """
    @param base: from which it has to be derived; C{object} where that is all the same.
    @param title: what the text begins with.
    @param place: of the kind, where nobody knows that of the schema. Finding it reads source files.
    @return: None where it can be used.
    """
    if not isinstance(schema, type) or tableType(schema) is None or not issubclass(schema, base):
        derived = f", derived from {base.__module__}.{base.__name__}" if base is not object else ""
        named = f"{schema.__module__}.{schema.__qualname__}" if isinstance(schema, type) else repr(schema)
        where = placeOf(schema) or place()
        return Fault(f"{title}: the schema is {named}", where, f"a class with @table{derived}", page)
    try:
        heldToBases(schema)
    except BadKey as error:
        return keyFault(error, title, page)
    except Exception as error:
        what = f"{title}: the keys of {schema.__name__} cannot be read: {type(error).__name__}: {error}"
        return Fault(what, placeOf(schema), "annotated keys, as frp.config.schema describes them", page)
    return None


def keyFault(error: BadKey, title: str, page: str) -> Fault:
    """@return: the same with its place, for which source files are read. The other parameters are L{schemaFault}'s."""
    return Fault(f"{title}: {error}", _placeOfKey(error.owner, error.name), error.expected, page)


def _placeOfKey(owner: type, name: str) -> str:
    """@return: the file and the line in which a key is declared; those of the class, where that cannot be seen."""
    try:
        lines, first = inspect.getsourcelines(owner)
        file = inspect.getsourcefile(owner) or "?"
    except (OSError, TypeError):
        return placeOf(owner)
    for number, line in enumerate(lines, first):
        if re.match(rf"\s+{re.escape(name)}\s*[:=]", line):
            return shortened(file, number)
    return placeOf(owner)


def configured(family: type[Interface], registry: Registry) -> list[str]:
    """The names of a family's kinds that have a schema. Where that must be looked at, broken ones are left out."""
    names = registry.names(family)
    if family.isOrExtends(IConfigured):
        return names
    found = []
    for name in names:
        with suppress(PluginError):
            found += [name] if schemaOf(family, name, registry) is not None else []
    return found


def keyOfKind(schema: type, name: str, registry: Registry) -> Declared | None:
    """
    @return: the key of a kind's table, in any case, as if it were declared in the schema; None where no kind has one.
    @raise PluginError: the kind cannot be had.
    """
    kinds = kindsOf(schema)
    if kinds is None:
        return None
    for one in (one for family in kinds.families for one in registry.contributions(family)):
        if one.name.lower() == name.lower():
            own = schemaOf(one.family, one.name, registry)
            known = tableType(own)
            if known is None:
                return None
            field = attrs.fields_dict(schema)[kinds.attribute]
            help = f"For {one.name}: {one.summary}."
            return Declared(one.name, Key(help), Shape("table", known.reference, own), field, "")
    return None


def allKeys(schema: type, registry: Registry) -> dict[str, Declared]:
    """The keys of a schema, and those of the kinds' tables. Kinds that cannot be loaded are left out."""
    keys = dict(keysOf(schema))
    kinds = kindsOf(schema)
    if kinds is not None:
        for name in (name for family in kinds.families for name in configured(family, registry)):
            declared = keyOfKind(schema, name, registry)
            if declared is not None:
                keys.setdefault(name, declared)
    return keys


def tablesIn(config: object) -> Mapping[str, object]:
    """The tables of kinds that a table holds, by the names of the kinds."""
    kinds = kindsOf(type(config))
    found: Mapping[str, object] = {} if kinds is None else getattr(config, kinds.attribute)
    return found


def chosen(config: object, registry: Registry) -> str:
    """@return: the name of the kind in use, if it is one that may have a table; else empty."""
    kinds = kindsOf(type(config))
    if kinds is None or not kinds.by:
        return ""
    name: str = getattr(config, kinds.by)
    declared = name in keysOf(type(config))[kinds.by].meta.oneOf
    return name if not declared and any(name in registry.names(family) for family in kinds.families) else ""


def tableOf(config: object, name: str, registry: Registry) -> Any:
    """
    @param config: a table with room for those of kinds.
    @return: the table of this kind, with all defaults where nothing is said; None where the kind has no schema.
    @raise PluginError: the kind cannot be had.
    """
    kinds, tables = kindsOf(type(config)), tablesIn(config)
    if kinds is None or name in tables:
        return tables.get(name)
    known = [family for family in kinds.families if name in registry.names(family)]
    schema = schemaOf((known or kinds.families)[0], name, registry)
    return None if schema is None else schema()
