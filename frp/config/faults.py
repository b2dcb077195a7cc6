"""What is wrong with a kind, looked for before a user meets it: for C{frps plugins --check}."""

from __future__ import annotations

from collections.abc import Iterator

import tomli

from frp.config.badkeys import badDefaults
from frp.config.client import AuthClientConfig, ClientConfig, ClientTransportConfig
from frp.config.declare import keysOf, tableType
from frp.config.decoding import decode
from frp.config.kindtables import keyFault, kindsOf, schemaFault
from frp.config.proxy import ProxyConfig
from frp.config.server import AuthServerConfig, ServerConfig, ServerTransportConfig
from frp.errors import ConfigErrors, Fault, PluginError
from frp.interfaces import IConfigured
from frp.kinds import Contribution, Registry
from frp.kinds.places import pageOf, placeOf
from frp.kinds.promises import THINGS, breaches, canBeCalled, uncallable

__all__ = ["faults"]


def faults(one: Contribution, registry: Registry) -> Iterator[Fault]:
    """@return: all that is wrong with one kind; nothing where all is well."""
    try:
        kind = registry.get(one.family, one.name)
    except PluginError as error:
        yield from error.faults or [Fault(error.detail, one.place, page=pageOf(one.family))]
        return
    yield from _thingFaults(one, kind)
    if IConfigured.providedBy(kind):
        title, page = one.title, pageOf(one.family)
        known = one.family.isOrExtends(IConfigured)
        found = [] if known else breaches(IConfigured, kind, title, place=one.place, page=page)
        found = found or _schemaProblems(one, kind)
        yield from found or _exampleProblems(one, kind, registry)
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


def _thingFaults(one: Contribution, kind: object) -> Iterator[Fault]:
    """Of the classes that stand in place of the methods of a kind: they are called like these."""
    for method, promised in THINGS.get(one.family, {}).items():
        made = getattr(kind, method, None)
        if isinstance(made, type):
            page = pageOf(one.family)
            yield from uncallable(made, one.family, method, one.title, page)
            yield from breaches(promised, made, one.title, place=one.place, page=page)


def _schemaProblems(one: Contribution, kind: IConfigured) -> list[Fault]:
    schema, page = kind.schema, pageOf(one.family)
    fault = schemaFault(schema, _base(one), one.title, lambda: placeOf(kind) or one.place, page)
    if fault is not None:
        return [fault]
    odd = (keyFault(error, one.title, page) for error in badDefaults(schema))
    return [*odd, *_checkProblems(one, schema, page), *_hostProblems(one, page)]


def _checkProblems(one: Contribution, schema: type, page: str) -> Iterator[Fault]:
    for declared in keysOf(schema).values():
        check = declared.meta.check
        if check is not None and not canBeCalled(check, 2):
            what = f"{one.title}: the check of {schema.__name__}.{declared.name} cannot be called with (value, table)"
            yield Fault(what, placeOf(check), "check(value, table): gives a text where the value cannot be used", page)


def _hostProblems(one: Contribution, page: str) -> Iterator[Fault]:
    """Below the tables of these the kinds of a family have theirs, by their names."""
    for host in (AuthClientConfig, AuthServerConfig, ClientTransportConfig, ServerTransportConfig):
        kinds = kindsOf(host)
        taken = {name.lower(): name for name in keysOf(host)}.get(one.name.lower())
        if taken is not None and kinds is not None and one.family in kinds.families:
            what = f"{one.title}: its table would be the key {taken} of {host.__name__}"
            yield Fault(what, one.place, "a name that is no key there", page)


def _exampleProblems(one: Contribution, kind: IConfigured, registry: Registry) -> Iterator[Fault]:
    page, place = pageOf(one.family), placeOf(kind) or one.place
    if isinstance(kind.examples, str) or not kind.examples:
        yield Fault(f"{one.title}: examples is {kind.examples!r}", place, "a tuple of TOML texts, one at least", page)
        return
    for number, text in enumerate(kind.examples):
        for problem in _exampleFaults(one, kind.schema, text, registry):
            what = f"{one.title}: examples[{number}]: {problem}"
            yield Fault(what, place, "a table that can be used as it stands", page)


def _exampleFaults(one: Contribution, schema: type, text: str, registry: Registry) -> Iterator[str]:
    try:
        table = tomli.loads(text)
        decode(schema, table, registry=registry)
    except tomli.TOMLDecodeError as error:
        yield str(error)
    except ConfigErrors as errors:
        yield from (f"{problem.path}: {problem.advised}" for problem in errors.problems)
    except Exception as error:
        yield f"reading it failed: {type(error).__name__}: {error}"
    else:
        if _base(one) is not object and table.get("type") != one.name:
            yield f"type: it is {table.get('type')!r}, not {one.name!r}"
