"""Configurations for a command: from files or flags, with what is wrong said where scripts and people look for it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from frp import logs
from frp.cli.saying import complain, hint, say
from frp.config.commandline import FRPC, serverValues
from frp.errors import ConfigError, ConfigErrors, PluginError

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig
    from frp.kinds import Registry

T = TypeVar("T")

_DEPRECATED = (
    "WARNING: ini format is deprecated and the support will be removed in the future, "
    "please use yaml/json/toml format instead!"
)

_DEFAULT = next(flag.default for flag in FRPC if flag.name == "config")

#: How the files of people who do not say which one they mean are called.
_ENDINGS = ("toml", "yaml", "yml", "json", "ini")
#: How to do without a file.
ONE_PROXY = "frpc tcp -s SERVER -l LOCAL_PORT -r REMOTE_PORT does without (frpc tcp --help)"

__all__ = [
    "ONE_PROXY",
    "clientPath",
    "doubt",
    "installed",
    "loadClient",
    "loadServer",
    "read",
    "registry",
    "unnamed",
    "verify",
    "warn",
]


@functools.cache
def _looked(files: tuple[str, ...]) -> Registry:
    from frp.kinds import Registry

    return Registry(files=files)


def installed(values: Values) -> Registry:
    """The kinds that are installed, and those of the files that C{--plugin} named; looked for once."""
    return _looked(tuple(values.get("plugin", ())))


def registry(values: Values) -> Registry:
    """
    The same.

    @raise PluginError: a file that was named cannot be used.
    """
    kinds = installed(values)
    if kinds.files:
        list(kinds.contributions())
        faults = [broken.fault for broken in kinds.broken if broken.asked]
        if faults:
            raise PluginError("a plugin file cannot be used", faults=faults)
    return kinds


def clientPath(values: Values) -> str:
    """@return: of the configuration of frpc, be it named or not."""
    path: str = values.get("config", _DEFAULT)
    return path


def loadServer(path: str, values: Values, kinds: Registry) -> Loaded[ServerConfig]:
    """
    @param path: empty where the flags are the configuration.
    @param values: the flags that were given; strictness and unsafe features are among them.
    """
    from frp.config import serverfile

    if not path:
        return serverfile.serverFromValues(serverValues(values), registry=kinds, unsafe=_rules(values)["unsafe"])
    return serverfile.loadServer(path, registry=kinds, environ=os.environ, **_rules(values))


def loadClient(
    path: str, values: Values, kinds: Registry, *, checked: bool = True, command: str = ""
) -> Loaded[ClientConfig]:
    """
    The same for a client, which is always in a file.

    @param checked: whether it must be fit to run.
    @param command: of frpc, which reads it; empty where it serves.
    """
    from frp.config import clientfile

    try:
        return clientfile.loadClient(path, registry=kinds, environ=os.environ, checked=checked, **_rules(values))
    except ConfigErrors as errors:
        if "config" not in values and not os.path.exists(path):
            words, so = f"frpc {command}".strip(), f"{path} was looked for in {os.getcwd()}"
            errors.problems[0].hint = unnamed(words, so, "" if command else ONE_PROXY)
        raise


def unnamed(program: str, so: str, without: str = "") -> str:
    """
    @param program: and its command.
    @param so: what follows from the fact that no configuration was named.
    @param without: how to do without one.
    @return: what to tell whoever named none.
    """
    stem = program.partition(" ")[0]
    here = next((name for name in (f"{stem}.{end}" for end in _ENDINGS) if os.path.exists(name)), "")
    name = f"{program} -c {here or 'FILE'}" + (" reads the one that is here" if here else " names it")
    return f"no configuration was named, so {so}: {'; '.join(filter(None, (name, without)))}"


def read(load: Callable[[], Loaded[T]], *, serves: bool = False, judged: bool = False) -> T | None:
    """
    Load a configuration and say what is wrong or doubtful about it.

    @param serves: whether the program is going to serve with it.
    @param judged: whether somebody wants to know what is to be thought of it.
    @return: the configuration, or None.
    """
    loaded = _read(load, serves=serves, judged=judged)
    return None if loaded is None else loaded.config


def _read(load: Callable[[], Loaded[T]], *, serves: bool, judged: bool) -> Loaded[T] | None:
    try:
        loaded = load()
    except ConfigErrors as errors:
        complain(errors)
        return None
    warn(loaded, serves=serves, judged=judged or serves)
    return loaded


def verify(
    program: str,
    path: str,
    load: Callable[[], Loaded[T]],
    opens: Callable[[T, Mapping[int, str]], Iterable[ConfigError]],
) -> int:
    """
    Say whether a file can be used.

    @param opens: opens what a start would open, and returns what went wrong: of a configuration, and the places of its
        tables.
    """
    if not path:
        say(f"{program}: the configuration file is not specified")
        hint(unnamed(f"{program} verify", "nothing was looked at"))
        return 0
    logs.hush()
    loaded = _read(load, serves=False, judged=True)
    if loaded is None:
        return 1
    failures = list(opens(loaded.config, loaded.places))
    for failure in failures:
        complain(failure)
    if failures:
        return 1
    say(f"{program}: the configuration file {path} syntax is ok")
    return 0


def _rules(values: Values) -> Values:
    return {"strict": values.get("strict-config", True), "unsafe": tuple(values.get("allow-unsafe", ()))}


def warn(loaded: Loaded[object], *, serves: bool, judged: bool = True) -> None:
    """
    Print what is odd about a configuration, as the reference does. What it takes without a word, what cannot work, and
    what an INI file holds in vain, goes to standard error, unless nobody asks what is to be thought of it.
    """
    legacy = loaded.legacy
    if legacy is not None:
        for line in (*legacy.said, *([_DEPRECATED] if serves else [])):
            say(line)
        for remark in legacy.remarks if judged else ():
            say(f"  {remark}", err=True)
    if loaded.warnings:
        say("WARNING: " + "\n".join(loaded.warnings))
    doubt(loaded.doubts if judged else ())


def doubt(texts: Iterable[str]) -> None:
    """Say what is odd where no script compares it."""
    for text in texts:
        say(f"WARNING: {text}", err=True)
