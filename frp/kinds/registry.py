"""The kinds of every family, by name: announced in C{twisted/plugins}, or in single files without packaging."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from types import ModuleType
from typing import Any, TypeVar

import attrs
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.plugin import getPlugins
from twisted.python.failure import Failure
from zope.interface import Interface, implementer

import twisted.plugins
from frp.errors import Fault, FRPError, PluginError
from frp.interfaces import IClientPart, IContribution, IGateway
from frp.kinds.announced import announced
from frp.kinds.awaiting import later
from frp.kinds.blaming import Blame
from frp.kinds.contribution import Contribution
from frp.kinds.places import notInstalled, pageOf, placeOfError, shortened
from frp.kinds.promises import THINGS, breaches, uncallable
from frp.values import define, frozen

__all__ = ["Broken", "Registry", "contributionsIn"]

T = TypeVar("T")


@frozen
class Broken:
    """
    A plugin module that could not be imported, or a plugin file that could not be used.

    @ivar module: its dotted name, or the path of the file.
    @ivar reason: one line.
    @ivar fault: the same with all that is known.
    @ivar asked: somebody named this very file.
    """

    module: str
    reason: str
    fault: Fault
    asked: bool = False


@implementer(ILogObserver)
@frozen(eq=False)
class _Note:
    """
    Notes which plugin modules fail, and why. Nothing else tells: L{twisted.plugin} logs a module that fails to import,
    through the legacy log, and goes on.
    """

    broken: list[Broken]

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure") or (event.get("failure") if event.get("isError") else None)
        if failure is None:
            return
        place = placeOfError(failure.value) if failure.value is not None else ""
        module, reason = _moduleOf(failure, place), f"{failure.type.__name__}: {failure.getErrorMessage()}"
        what = f"{module} could not be imported: {reason}"
        expected = "a module that can be imported where frp is installed, and only announces"
        self.broken.append(Broken(module, reason, Fault(what, place, expected, pageOf())))


@define(eq=False)
class Registry:
    """
    The kinds of every family, by name.

    @ivar find: gives the announcements; the default looks along C{twisted.plugins} as Twisted does.
    @ivar files: paths of plugin files; they come besides.
    @ivar broken: the plugin modules and files that failed when this registry looked.
    """

    find: Callable[[], Iterable[Contribution]] | None = None
    files: Sequence[str] = ()
    broken: list[Broken] = attrs.field(init=False, factory=list)
    _contributions: list[Contribution] | None = attrs.field(init=False, default=None)
    _loaded: dict[tuple[type[Interface], str], object] = attrs.field(init=False, factory=dict)
    _kept: set[tuple[type[Interface], type]] = attrs.field(init=False, factory=set)

    def contributions(self, family: type[Interface] | None = None) -> Iterator[Contribution]:
        """Every announcement, or those of one family, in the order in which the plugin modules gave them."""
        if self._contributions is None:
            found = list(self.find()) if self.find is not None else self._search()
            self._contributions = [*found, *self._read()]
        return (c for c in self._contributions if family is None or c.family is family)

    def _search(self) -> list[Contribution]:
        found = announced(twisted.plugins.__path__, IContribution)
        if found is not None:
            return [one for one in found if isinstance(one, Contribution)]
        note = _Note(self.broken)
        globalLogPublisher.addObserver(note)
        try:
            return [c for c in getPlugins(IContribution, twisted.plugins) if isinstance(c, Contribution)]
        finally:
            globalLogPublisher.removeObserver(note)

    def _read(self) -> Iterator[Contribution]:
        for path in dict.fromkeys(self.files):
            try:
                yield from contributionsIn(path)
            except PluginError as error:
                for fault in error.faults:
                    self.broken.append(Broken(path, fault.what, fault, asked=True))

    def names(self, family: type[Interface]) -> list[str]:
        """The known names of a family, sorted."""
        return sorted({c.name for c in self.contributions(family)})

    def get(self, family: type[Interface], name: str) -> Any:
        """
        The kind of that name.

        @raise PluginError: nobody or more than one announces the name, or the kind cannot be loaded.
        """
        if (family, name) not in self._loaded:
            self._loaded[family, name] = self._one(family, name).load()
        return self._loaded[family, name]

    def make(self, family: type[Interface], name: str, method: str, *arguments: object) -> Any:
        """
        Let a kind make a thing, and hold that to its interface.

        @param method: of the kind, one that makes things.
        @return: the thing, or a Deferred of it where the kind does not make it at once.
        @raise FRPError: whatever the kind raised of these.
        @raise PluginError: it raised something else, or made (at once or in the Deferred) what does not keep its
            promise; with file and line.
        """
        thing = self.call(family, name, method, *arguments)
        promised = THINGS[family][method]
        coming = later(thing)
        if coming is not None:
            return coming.addCallback(lambda thing: self._held(family, name, promised, thing))
        return self._held(family, name, promised, thing)

    def call(self, family: type[Interface], name: str, method: str, *arguments: object) -> Any:
        """
        Call a method of a kind.

        @return: what it returns.
        @raise FRPError: whatever the kind raised of these.
        @raise PluginError: it raised something else; with file and line.
        """
        called = getattr(self.get(family, name), method)
        try:
            return called(*arguments)
        except FRPError:
            raise
        except Exception as error:
            raise self._failed(error, family, name, method, called) from error

    def _held(self, family: type[Interface], name: str, promised: type[Interface], thing: T) -> T:
        """The thing, if it is what the interface promises. It need not say that it is."""
        none = thing is None and promised in (IClientPart, IGateway)  # there is nothing for it to do
        if not none and (promised, type(thing)) not in self._kept:
            title, place = f"{family.__name__} {name!r}", self._one(family, name).place
            found = breaches(promised, thing, title, place=place, page=pageOf(family), declared=False)
            if found:
                raise PluginError(f"{title} does not keep its promise", faults=found)
            self._kept.add((promised, type(thing)))
        return thing

    def _failed(self, error: Exception, family: type[Interface], name: str, method: str, called: object) -> PluginError:
        title, page = f"{family.__name__} {name!r}", pageOf(family)
        wrong = uncallable(called, family, method, title, page) if isinstance(called, type) else []
        if wrong:
            return PluginError(f"{title} does not keep its promise", faults=wrong)
        place = self._one(family, name).place
        told = Blame(family, name, family, place).of(error, self.get(family, name), method)
        assert isinstance(told, PluginError), "what frp understands was let pass"
        return told

    def _one(self, family: type[Interface], name: str) -> Contribution:
        owners = [c for c in self.contributions(family) if c.name == name]
        if len(owners) == 1:
            return owners[0]
        if owners:
            both = " and ".join(f"{c.dotted} (announced in {c.origin})" for c in owners)
            what = f"{family.__name__} {name!r} is announced by {both}: remove one"
            raise PluginError(
                f"{family.__name__} {name!r} has {len(owners)} owners",
                faults=[Fault(what, owners[-1].place, "a name that nobody has", pageOf(family))],
            )
        names = self.names(family)
        near = get_close_matches(name, names, n=3)
        detail = f"no {family.__name__} is named {name!r}; "
        detail += f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        detail += f"known: {', '.join(names) or 'none'}"
        besides = notInstalled(name, near)
        detail += f"; {besides}" if besides else ""
        if self.broken:
            detail += f"; {len(self.broken)} plugin modules failed to load: " + ", ".join(
                f"{b.module} ({b.reason})" for b in self.broken
            )
        raise PluginError(f"unknown {family.__name__} {name!r}", detail)


def _moduleOf(failure: Failure, place: str) -> str:
    """The plugin module in which an import failed: the last frame of a file below a folder named C{plugins}."""
    files = [str(filename) for _function, filename, *_ in reversed(failure.frames)]
    for file in (*files, place.rpartition(":")[0]):
        folder, _, name = file.rpartition("/")
        if folder.endswith("twisted/plugins"):
            return "twisted.plugins." + name.removesuffix(".py")
    return "an unknown module"


def contributionsIn(path: str) -> list[Contribution]:
    """
    Run a file, as a module of its own, and find the announcements in it.

    @raise PluginError: it cannot be run, or announces nothing; with file and line.
    """
    try:
        module = _run(os.path.abspath(path))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, OSError) and error.filename == os.path.abspath(path):
            reason = (error.strerror or "it cannot be read").lower()
        what = f"the plugin file {path} cannot be used: {reason}"
        expected = "a Python file that can be run by itself"
        raise _error(path, what, placeOfError(error) or shortened(path, 0), expected) from error
    found = [one for one in vars(module).values() if isinstance(one, Contribution) and one.origin == module.__name__]
    if not found:
        expected = 'a line such as: hello = Contribution(IProxyKind, "hello", "...", Hello)'
        raise _error(path, f"the plugin file {path} announces nothing", shortened(path, 1), expected)
    return found


def _error(path: str, what: str, place: str, expected: str) -> PluginError:
    return PluginError(f"the plugin file {path} cannot be used", faults=[Fault(what, place, expected, pageOf())])


def _run(path: str) -> ModuleType:
    """@return: the module, the same one each time; its name is that of the file, made unlike all others."""
    name = "plugin_" + re.sub(r"\W", "_", os.path.basename(path).removesuffix(".py"))
    while name in sys.modules and sys.modules[name].__file__ != path:
        name += "_"
    if name in sys.modules:
        return sys.modules[name]
    with open(path, "rb") as opened:
        code = compile(opened.read(), path, "exec", dont_inherit=True)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "only of names without .py nothing is known, and those are not asked for"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
