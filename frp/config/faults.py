"""
What is wrong with a kind, looked for before a user meets it: for C{frps plugins --check}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tomli

from frp.config.client import AuthClientConfig, ClientConfig, ClientTransportConfig
from frp.config.declare import keysOf, tableType
from frp.config.decoding import decode
from frp.config.kindtables import kindsOf
from frp.config.proxy import ProxyConfig
from frp.config.server import AuthServerConfig, ServerConfig, ServerTransportConfig
from frp.errors import ConfigErrors, Fault, PluginError
from frp.interfaces import IConfigured
from frp.plugin import Contribution, Registry
from frp.plugin.places import pageOf, placeOf
from frp.plugin.promises import breaches

__all__ = ["faults"]


def faults(one: Contribution, registry: Registry) -> Iterator[Fault]:
    """@return: all that is wrong with one kind; nothing where all is well."""
    try:
        kind = registry.get(one.family, one.name)
    except PluginError as error:
        yield from error.faults or [Fault(error.detail, one.place, page=pageOf(one.family))]
        return
    if IConfigured.providedBy(kind):
        found = [] if one.family.isOrExtends(IConfigured) else breaches(IConfigured, kind, one)
        problem = None if found else _schemaProblem(one, kind.schema)
        yield from found
        if problem is not None:
            yield problem
        elif not found:
            yield from _exampleProblems(one, kind, registry)
    elif hasattr(kind, "schema"):
        what = f"{one.title}: it has a schema, and does not say that it is configured"
        expected = f"@implementer({one.family.__name__}, IConfigured)"
        yield Fault(what, placeOf(kind) or one.place, expected, pageOf(one.family))


def _base(one: Contribution) -> type:
    """
    The table from which those of a family are derived: the one whose kinds are chosen by their type. C{object}, where
    they are none.
    """
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
    for host in _hosts(one):
        taken = {name.lower(): name for name in keysOf(host)}.get(one.name.lower())
        if taken is not None:
            what = f"{one.title}: its table would be the key {taken} of {host.__name__}"
            return Fault(what, one.place, "a name that is no key there", page)
    return None


def _hosts(one: Contribution) -> Iterator[type]:
    """The tables below which those of a family stand by their names."""
    for host in (AuthClientConfig, AuthServerConfig, ClientTransportConfig, ServerTransportConfig):
        kinds = kindsOf(host)
        if kinds is not None and kinds.family is one.family:
            yield host


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
        if _base(one) is not object and table.get("type") != one.name:
            yield f"type: it is {table.get('type')!r}, not {one.name!r}"
