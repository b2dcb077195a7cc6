"""Configurations for a command: from files or flags, with what is wrong said where scripts and people look for it."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import click

from frp import logs
from frp.cli.command import Word, complain
from frp.config.commandline import serverValues
from frp.errors import ConfigErrors, FRPError, PluginError

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

#: The file of a command that is about one, in place of C{-c}.
FILE = Word("FILE", "config", needed=False, completes="file")

__all__ = [
    "FILE",
    "doubt",
    "filesBelow",
    "installed",
    "loadClient",
    "loadServer",
    "read",
    "registry",
    "tell",
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


def loadServer(path: str, values: Values, kinds: Registry) -> Loaded[ServerConfig]:
    """
    @param path: empty where the flags are the configuration.
    @param values: the flags that were given; strictness and unsafe features are among them.
    """
    from frp.config import serverfile

    if not path:
        return serverfile.serverFromValues(serverValues(values), registry=kinds, unsafe=_rules(values)["unsafe"])
    return serverfile.loadServer(path, registry=kinds, environ=os.environ, **_rules(values))


def loadClient(path: str, values: Values, kinds: Registry) -> Loaded[ClientConfig]:
    """The same for a client."""
    from frp.config import clientfile

    return clientfile.loadClient(path, registry=kinds, environ=os.environ, **_rules(values))


def read(load: Callable[[], Loaded[T]], *, serves: bool = False, judged: bool = False) -> T | None:
    """
    Load a configuration and say what is wrong or doubtful about it.

    @param serves: whether the program is going to serve with it.
    @param judged: whether somebody wants to know what is to be thought of it.
    @return: the configuration, or None.
    """
    try:
        loaded = load()
    except ConfigErrors as errors:
        tell(errors)
        return None
    warn(loaded, serves=serves, judged=judged or serves)
    return loaded.config


def verify(program: str, path: str, load: Callable[[], Loaded[T]], opens: Callable[[T], Iterable[FRPError]]) -> int:
    """
    Say whether a file can be used.

    @param opens: opens what a start would open, and returns what went wrong.
    """
    if not path:
        click.echo(f"{program}: the configuration file is not specified")
        return 0
    logs.hush()
    config = read(load, judged=True)
    if config is None:
        return 1
    failures = list(opens(config))
    for failure in failures:
        complain(failure)
    if failures:
        return 1
    click.echo(f"{program}: the configuration file {path} syntax is ok")
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
            click.echo(line)
        for remark in legacy.remarks if judged else ():
            click.echo(f"  {remark}", err=True)
    if loaded.warnings:
        click.echo("WARNING: " + "\n".join(loaded.warnings))
    doubt(loaded.doubts if judged else ())


def doubt(texts: Iterable[str]) -> None:
    """Say what is odd where no script compares it."""
    for text in texts:
        click.echo(f"WARNING: {text}", err=True)


def tell(errors: ConfigErrors) -> None:
    """
    Say what is wrong. Standard output gets the reference's text and nothing else, because scripts compare it. Where it
    stands and what to do goes to standard error.
    """
    click.echo(errors.brief)
    for problem in errors.problems:
        if problem.line or problem.hint:
            where = ", ".join(part for part in (problem.line and f"line {problem.line}", problem.path) if part)
            click.echo("  " + ": ".join(part for part in (where, problem.hint) if part), err=True)


def filesBelow(folder: str) -> Iterator[str]:
    """The files in a folder and the folders below it, by name. What cannot be read is left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from filesBelow(entry.path)
        elif _readable(entry.path):
            yield entry.path


def _readable(path: str) -> bool:
    """Not a pipe or a device, on which a read would wait. A link to nowhere counts, so that its error is told."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True
