"""The command of an SSH client, such as C{tcp --proxy_name web --remote_port 9090}: a client with one proxy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import attrs

from frp.config.commandline import IDENTITY, NAMING
from frp.config.flags import Flag, Values, boolean, flagsOf, nested, readFlags
from frp.config.proxy import ProxyConfig
from frp.errors import PluginError, Refused
from frp.interfaces import IProxyKind
from frp.kinds import Registry
from frp.proxies.local import LocalService
from frp.values import frozen

__all__ = ["Asked", "asked"]

#: Characters of the longest command. What is wrong with one is said and logged.
MAX_LINE = 8192

_HELP = Flag("help", "h", "", "help for this command", boolean)


@frozen
class Asked:
    """
    What a command asks for.

    @ivar help: a text, where it asks for that alone.
    @ivar values: else the configuration of a client, as a file would hold it.
    """

    help: str = ""
    values: Values = attrs.field(factory=dict)


def asked(line: str, registry: Registry) -> Asked:
    """
    Read a command, as the reference does: words are what stands between spaces, whatever quotes there are.

    @param registry: the kinds of proxies. Those that pass their users on to a local service can be had in this way.
    @raise BadFlag: it cannot be read; C{brief} is what the client is shown.
    @raise Refused: there is no such kind, or it is none of these. The same.
    """
    if len(line) > MAX_LINE:
        raise Refused(f"the command is too long: {len(line)} characters, at most {MAX_LINE}")
    words = line.split(" ")
    type_ = words[0].strip()
    if type_ not in registry.names(IProxyKind) or not _passesOn(registry, type_):
        types = " ".join(_types(registry))
        raise Refused(f"invalid proxy type: {type_}, support types: [{types}]")
    proxy = (*NAMING, *flagsOf(registry.get(IProxyKind, type_).schema, ProxyConfig))
    given, _ = readFlags(words, (*proxy, *IDENTITY, _HELP))
    if given.get("help"):
        return Asked(help=_usage((*proxy, *IDENTITY, _HELP)))
    table = {"type": type_, **nested(given, proxy)}
    table["name"] = table.get("name") or f"sshtunnel-{type_}-{os.urandom(4).hex()}"
    return Asked(values={**nested(given, IDENTITY), "proxies": [table]})


def _types(registry: Registry) -> Iterator[str]:
    return (one.name for one in registry.contributions(IProxyKind) if _passesOn(registry, one.name))


def _passesOn(registry: Registry, name: str) -> bool:
    try:
        half = registry.get(IProxyKind, name).clientProxy
    except PluginError:
        return False
    return isinstance(half, type) and issubclass(half, LocalService)


def _usage(flags: Iterable[Flag]) -> str:
    shown = sorted(flags, key=lambda flag: flag.name)
    names = [f"{f'-{flag.short}, ' if flag.short else '    '}--{flag.name} {_takes(flag)}".rstrip() for flag in shown]
    width = max(map(len, names)) + 3
    lines = [f"  {name:<{width}}{flag.help}" for name, flag in zip(names, shown, strict=True)]
    return "\n".join(["Usage:", "  ssh v0@{address} [command] [flags]", "", "Flags:", *lines, ""])


def _takes(flag: Flag) -> str:
    return flag.kind.label if flag.kind.alone is None else ""
