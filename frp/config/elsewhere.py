"""Keys that are known elsewhere: in other tables, to the other program, and to the INI files of old."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from frp.config.client import ClientConfig
from frp.config.declare import Declared, keysOf, tableType
from frp.config.decoding import EXPECTED
from frp.config.formats.format import Program
from frp.config.kindtables import allKeys, configured, schemaOf
from frp.config.legacy.keys import CLIENT, PROXIES, SERVER, VISITORS, Keys
from frp.config.proxy import ProxyConfig
from frp.config.server import ServerConfig
from frp.config.unknown import Around, Known
from frp.config.visitor import VisitorConfig
from frp.errors import PluginError
from frp.kinds import Registry
from frp.values import frozen

__all__ = ["elsewhere", "namesOf", "namesOfOther", "taken"]

#: Whose file it is, and the tables of the other program.
_OTHERS: Mapping[type, tuple[str, str, type]] = {
    ServerConfig: ("frps", "frpc", ClientConfig),
    ClientConfig: ("frpc", "frps", ServerConfig),
}

_OLD: tuple[tuple[type, tuple[Keys, ...]], ...] = (
    (ServerConfig, (SERVER,)),
    (ClientConfig, (CLIENT,)),
    (ProxyConfig, tuple(PROXIES.values())),
    (VisitorConfig, tuple(VISITORS.values())),
)

#: A key that stands in more tables than this may be meant for any of them.
_FEW = 3

#: What all servers have in common is written above; nobody is sent to one of them.
_SERVERS = "servers"


@frozen
class _Holder:
    """
    A table that has the key.

    @ivar path: of the table, without numbers of entries; empty for the whole file.
    @ivar types: which kinds of it have the key; empty where all have.
    """

    path: str
    types: tuple[str, ...]

    def __str__(self) -> str:
        return (self.path or "the whole file") + self.behind

    @property
    def behind(self) -> str:
        return f" (type {', '.join(self.types)})" if self.types else ""


def elsewhere(around: Around, name: str, registry: Registry | None) -> Known:
    """
    @param around: the tables in which the key stands, the innermost of which has none of that name.
    @param name: of the key, as it is written.
    @return: where it belongs, or what it is called today.
    """
    (root, _), (schema, path) = around[0], around[-1]
    old = _ofOld(schema, name)
    if old or root not in _OTHERS:
        return Known(old, certain=True)
    ours, theirs, table = _OTHERS[root]
    others = _holders(name, table, None)
    if len(around) == 1 and any(not holder.path for holder in others):
        return Known(f"a key of {theirs}, and {ours} reads this file: is it meant for {theirs}?", certain=True)
    here = re.sub(r"\[\d+\]", "", path.rpartition(": ")[2]).rstrip(".").removeprefix(_SERVERS).lstrip(".")
    own = _holders(name, root, registry)
    if own or not 0 < len(others) <= _FEW:
        return Known(_said(name, here, own))
    places = " and ".join(str(holder) for holder in others if holder.path)
    return Known(f"{name} is a key of {theirs}" + (places and f", in {places}"))


def taken(program: Program | None, registry: Registry | None, key: str) -> str:
    """
    @param program: whose file it is; that of frpc where it is an included one.
    @param key: as a line of TOML has it, whichever table it stands in.
    @return: what to write for a key of this name, where that is a number, or true or false, in each table that has one;
        else empty.
    """
    name = key.rpartition(".")[2].strip("\"' ").lower()
    root = ServerConfig if program == "frps" else ClientConfig
    tables = _tables(root, "", "", registry, set())
    found = {one.shape.kind for _, _, keys in tables for known, one in keys.items() if known.lower() == name}
    return EXPECTED[found.pop()] if found in ({"int"}, {"bool"}) else ""


def namesOf(key: str, whole: type, registry: Registry | None) -> list[str]:
    """
    @param whole: the table of a program's configuration.
    @return: the whole names of the keys that are called like this, with those of their kinds:
        C{"proxies.tcp.remotePort"}; none where there are too many to be meant.
    """
    holders = _holders(key, whole, registry)
    places = [(one.path, type_) for one in holders for type_ in one.types or ("",)]
    return [".".join(filter(None, (*place, key))) for place in places] if len(places) <= _FEW else []


def namesOfOther(key: str, whole: type, registry: Registry | None) -> tuple[str, list[str]]:
    """@return: the other program, and the same of its keys."""
    _, theirs, table = _OTHERS[whole]
    return theirs, namesOf(key, table, registry)


def _ofOld(schema: type, name: str) -> str:
    for base, tables in _OLD:
        if issubclass(schema, base):
            path = next((keys[name].path for keys in tables if name in keys), "")
            return f"a key of INI files: here it is {path}" if path else ""
    return ""


def _said(name: str, here: str, holders: Sequence[_Holder]) -> str:
    """@param here: the table in which it stands, as those are called."""
    before = here and f"{here}."
    below = [holder for holder in holders if holder.path and holder.path.startswith(before)]
    if not 0 < len(below or holders) <= _FEW:
        return ""
    if below:
        return "here it is " + " or ".join(f"{one.path[len(before) :]}.{name}{one.behind}" for one in below)
    return f"{name} is a key of {' and '.join(map(str, holders))}"


def _holders(name: str, root: type, registry: Registry | None) -> list[_Holder]:
    """The tables of a program that have a key of this name. Without a registry those of kinds are left out."""
    found: dict[str, list[str]] = {}
    kinds: dict[str, set[str]] = {}
    for path, kind, keys in _tables(root, "", "", registry, set()):
        kinds.setdefault(path, set()).add(kind)
        if name.lower() in (key.lower() for key in keys):
            found.setdefault(path, []).append(kind)
    return [_Holder(path, () if {*types} == kinds[path] else tuple(types)) for path, types in found.items()]


def _tables(
    schema: type, path: str, kind: str, registry: Registry | None, seen: set[tuple[type, str]]
) -> Iterator[tuple[str, str, Mapping[str, Declared]]]:
    """Every table below a schema: its path, its type, and its keys."""
    if (schema, path) in seen:
        return
    seen.add((schema, path))
    keys = keysOf(schema) if registry is None else allKeys(schema, registry)
    yield path, kind, keys
    for name, declared in keys.items():
        shape, below = declared.shape.item or declared.shape, f"{path}.{name}" if path else name
        if name == _SERVERS:
            continue
        if shape.kind == "table":
            yield from _tables(shape.type, below, kind, registry, seen)
        elif shape.kind == "choice":
            for type_, own in _kinds(shape.type, registry):
                yield from _tables(own, below, type_, registry, seen)


def _kinds(base: type, registry: Registry | None) -> Iterator[tuple[str, type]]:
    """The types of a table that has one, and the table of each."""
    known = tableType(base)
    if registry is None or known is None or known.choice is None or known.choice.family is None:
        yield "", base
        return
    for name in configured(known.choice.family, registry):
        with suppress(PluginError):  # such a kind has been complained of elsewhere
            schema = schemaOf(known.choice.family, name, registry, base)
            if schema is not None:
                yield name, schema
