"""
Finding kinds: the one door through which the built-ins and everybody's plugins come in.

A package takes part by putting a module into C{twisted/plugins/} with lines such as::

    echo = Contribution(IProxyKind, "echo", "says back what it hears", "frpx_echo.Echo")
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any

import attrs
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.plugin import IPlugin, getPlugins
from twisted.python.failure import Failure
from twisted.python.reflect import namedAny
from zope.interface import Interface, implementer
from zope.interface.exceptions import Invalid
from zope.interface.verify import verifyObject

import twisted.plugins
from frp.errors import PluginError
from frp.interfaces import IContribution

__all__ = ["Broken", "Contribution", "Registry"]


@implementer(IPlugin, IContribution)
@attrs.define(eq=False)
class Contribution:
    """
    The announcement of one kind, as it stands in C{twisted/plugins}.

    @ivar family: the interface that the kind provides.
    @ivar name: what users write in a configuration.
    @ivar summary: one line for people.
    @ivar target: dotted name of the kind; not imported before it is asked for.
    @ivar origin: the plugin module in which the announcement stands.
    """

    family: type[Interface]
    name: str
    summary: str
    target: str
    origin: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.origin = sys._getframe(2).f_globals.get("__name__", "?")

    def __repr__(self) -> str:
        return f"<{self.family.__name__} {self.name!r} from {self.origin}>"

    @property
    def package(self) -> str:
        """The package that brought it: the first part of the dotted target."""
        return self.target.partition(".")[0]

    def load(self) -> Any:
        """
        Import the kind and hold it to its family's interface.

        @raise PluginError: it cannot be imported or breaks its promise.
        """
        try:
            found = namedAny(self.target)
        except Exception as error:
            raise PluginError(
                f"{self.family.__name__} {self.name!r} cannot be loaded",
                f"{self.family.__name__} {self.name!r} (announced in {self.origin}): importing {self.target} failed: "
                f"{type(error).__name__}: {error}",
            ) from error
        kind = found() if isinstance(found, type) else found
        try:
            verifyObject(self.family, kind)
        except Invalid as error:
            raise PluginError(
                f"{self.family.__name__} {self.name!r} does not keep its promise",
                f"{self.family.__name__} {self.name!r} (announced in {self.origin}): {self.target} does not provide "
                f"frp.interfaces.{self.family.__name__}: {error}",
            ) from error
        return kind


@attrs.frozen
class Broken:
    """
    A plugin module that could not be imported.

    @ivar module: its dotted name.
    @ivar reason: one line.
    """

    module: str
    reason: str


@implementer(ILogObserver)
@attrs.frozen(eq=False)
class _Note:
    """
    Notes which plugin modules fail, and why. Nothing else tells: L{twisted.plugin} logs a module that fails to import,
    through the legacy log, and goes on.
    """

    broken: list[Broken]

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure") or (event.get("failure") if event.get("isError") else None)
        if failure is not None:
            self.broken.append(Broken(_moduleOf(failure), f"{failure.type.__name__}: {failure.getErrorMessage()}"))


@attrs.define(eq=False)
class Registry:
    """
    The kinds of every family, by name.

    @ivar find: gives the announcements; the default looks along C{twisted.plugins} as Twisted does.
    @ivar broken: the plugin modules that failed when this registry looked.
    """

    find: Callable[[], Iterable[Contribution]] | None = None
    broken: list[Broken] = attrs.field(init=False, factory=list)
    _contributions: list[Contribution] | None = attrs.field(init=False, default=None)
    _loaded: dict[tuple[type[Interface], str], Any] = attrs.field(init=False, factory=dict)

    def contributions(self, family: type[Interface] | None = None) -> Iterator[Contribution]:
        """Every announcement, or those of one family, in the order in which the plugin modules gave them."""
        if self._contributions is None:
            self._contributions = list(self.find()) if self.find is not None else self._search()
        return (c for c in self._contributions if family is None or c.family is family)

    def _search(self) -> list[Contribution]:
        note = _Note(self.broken)
        globalLogPublisher.addObserver(note)
        try:
            return [c for c in getPlugins(IContribution, twisted.plugins) if isinstance(c, Contribution)]
        finally:
            globalLogPublisher.removeObserver(note)

    def names(self, family: type[Interface]) -> list[str]:
        """The known names of a family, sorted."""
        return sorted({c.name for c in self.contributions(family)})

    def get(self, family: type[Interface], name: str) -> Any:
        """
        The kind of that name.

        @raise PluginError: nobody or more than one announces the name, or the kind cannot be loaded.
        """
        kind = self._loaded.get((family, name))
        if kind is None:
            kind = self._loaded[family, name] = self._one(family, name).load()
        return kind

    def _one(self, family: type[Interface], name: str) -> Contribution:
        owners = [c for c in self.contributions(family) if c.name == name]
        if len(owners) == 1:
            return owners[0]
        if owners:
            both = " and ".join(f"{c.target} (announced in {c.origin})" for c in owners)
            raise PluginError(
                f"{family.__name__} {name!r} has {len(owners)} owners",
                f"{family.__name__} {name!r} is announced by {both}: remove one",
            )
        names = self.names(family)
        near = get_close_matches(name, names, n=3)
        detail = f"no {family.__name__} is named {name!r}; "
        detail += f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        detail += f"known: {', '.join(names) or 'none'}"
        if self.broken:
            detail += f"; {len(self.broken)} plugin modules failed to load: " + ", ".join(
                f"{b.module} ({b.reason})" for b in self.broken
            )
        raise PluginError(f"unknown {family.__name__} {name!r}", detail)


def _moduleOf(failure: Failure) -> str:
    """The plugin module in which an import failed: the last frame of a file below a folder named C{plugins}."""
    for _function, filename, _line, _locals, _globals in reversed(failure.frames):
        folder, _, name = str(filename).rpartition("/")
        if folder.endswith("twisted/plugins"):
            return "twisted.plugins." + name.removesuffix(".py")
    return "an unknown module"
