"""
What is wrong with a kind, looked for before a user meets it: for C{frps plugins --check}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tomli

from frp.config.client import ClientConfig
from frp.config.declare import keysOf, tableType
from frp.config.decoding import decode
from frp.config.proxy import ProxyConfig
from frp.config.server import ServerConfig
from frp.errors import ConfigErrors, Fault, PluginError
from frp.interfaces import IConfigured
from frp.plugin import Contribution, Registry
from frp.plugin.places import pageOf, placeOf

__all__ = ["faults"]


def faults(one: Contribution, registry: Registry) -> Iterator[Fault]:
    """@return: all that is wrong with one kind; nothing where all is well."""
    try:
        kind = registry.get(one.family, one.name)
    except PluginError as error:
        yield from error.faults or [Fault(error.detail, one.place, page=pageOf(one.family))]
        return
    if one.family.isOrExtends(IConfigured):
        problem = _schemaProblem(one, kind.schema)
        if problem is not None:
            yield problem
        else:
            yield from _exampleProblems(one, kind, registry)


def _base(one: Contribution) -> type:
    """The table from which those of a family are derived: the one whose kinds are chosen by their type."""
    for whole in (ClientConfig, ServerConfig, ProxyConfig):
        for declared in keysOf(whole).values():
            base = (declared.shape.item or declared.shape).type
            known = tableType(base)
            if known is not None and known.choice is not None and known.choice.family is one.family:
                assert isinstance(base, type)
                return base
    return object


def _schemaProblem(one: Contribution, schema: Any) -> Fault | None:
    base, page = _base(one), pageOf(one.family)
    expected = "a class with @table" + (
        f", derived from {base.__module__}.{base.__name__}" if base is not object else ""
    )
    if tableType(schema) is None or not issubclass(schema, base):
        return Fault(f"{one.title}: the schema is {schema!r}", placeOf(schema) or one.place, expected, page)
    try:
        keysOf(schema)
    except Exception as error:
        what = f"{one.title}: the keys of {schema.__name__} cannot be read: {error}"
        return Fault(what, placeOf(schema), "annotated keys, as frp.config.schema describes them", page)
    return None


def _exampleProblems(one: Contribution, kind: Any, registry: Registry) -> Iterator[Fault]:
    page, place = pageOf(one.family), placeOf(kind) or one.place
    if isinstance(kind.examples, str) or not kind.examples:
        yield Fault(f"{one.title}: examples is {kind.examples!r}", place, "a tuple of TOML texts, one at least", page)
        return
    for number, text in enumerate(kind.examples):
        for problem in _exampleFaults(one, kind.schema, text, registry):
            yield Fault(
                f"{one.title}: examples[{number}]: {problem}", place, "a table that can be used as it stands", page
            )


def _exampleFaults(one: Contribution, schema: type, text: str, registry: Registry) -> Iterator[str]:
    try:
        table = tomli.loads(text)
        decode(schema, table, registry=registry)
    except tomli.TOMLDecodeError as error:
        yield str(error)
    except ConfigErrors as errors:
        yield from (f"{problem.path}: {problem.detail}" for problem in errors.problems)
    else:
        if table.get("type") != one.name:
            yield f"type: it is {table.get('type')!r}, not {one.name!r}"
