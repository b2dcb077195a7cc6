"""The announcement of one kind, and the way from it to the kind."""

from __future__ import annotations

import importlib.util
import os
import sys
from operator import attrgetter

import attrs
from twisted.plugin import IPlugin
from twisted.python.reflect import namedAny
from zope.interface import Interface, implementer
from zope.interface.interface import InterfaceClass

from frp.errors import Fault, PluginError
from frp.interfaces import IContribution
from frp.kinds.places import pageOf, placeOf, placeOfError, shortened
from frp.kinds.promises import breaches
from frp.values import define

__all__ = ["Contribution"]

_MISSING: object = object()


@implementer(IPlugin, IContribution)
@define(eq=False)
class Contribution:
    """
    The announcement of one kind, as it stands in C{twisted/plugins}, or in a file given with C{--plugin}.

    @ivar target: dotted name of the kind, not imported before it is asked for; or, where importing it costs nothing
        more, the class or the object itself, or its name in the module of the announcement.
    @ivar onlyWith: the declared key of a configuration, with dots, without which the kind has nothing to do and is not
        imported; empty for kinds that are asked for by name.
    @ivar onDemand: of a part: it is made, and imported, when somebody asks for it first, and not at the start. Then its
        C{start} waits for nothing.
    @ivar origin: the module in which the announcement stands.
    @ivar place: the file and the line, C{"hello.py:12"}.
    """

    family: type[Interface]
    name: str
    summary: str
    target: object
    onlyWith: str = ""
    onDemand: bool = False
    origin: str = attrs.field(init=False)
    place: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.family, InterfaceClass):
            raise TypeError(f"a contribution's family is an interface, such as IProxyKind, not {self.family!r}")
        frame = sys._getframe(2)
        self.origin = frame.f_globals.get("__name__", "?")
        self.place = shortened(frame.f_code.co_filename, frame.f_lineno)

    def __repr__(self) -> str:
        return f"<{self.family.__name__} {self.name!r} from {self.origin}>"

    @property
    def title(self) -> str:
        """What errors call it."""
        return f"{self.family.__name__} {self.name!r}"

    @property
    def dotted(self) -> str:
        """The name of the target, for people."""
        if isinstance(self.target, str):
            return self.target
        named = self.target if hasattr(self.target, "__qualname__") else type(self.target)
        return f"{named.__module__}.{named.__qualname__}"

    @property
    def package(self) -> str:
        """What brought it: the first part of the dotted target, or the name of the plugin file."""
        if self.origin.startswith("twisted.plugins."):
            return self.dotted.partition(".")[0]
        return os.path.basename(self.place.rpartition(":")[0])

    def wanted(self, config: object) -> bool:
        """Whether the configuration has what the kind is L{onlyWith}."""
        return not self.onlyWith or bool(attrgetter(self.onlyWith)(config))

    def load(self) -> object:
        """
        Import the kind and hold it to its family's interface.

        @raise PluginError: it cannot be imported or breaks its promise; with file and line.
        """
        try:
            found = self._find()
        except Exception as error:
            raise self._broken(
                "cannot be loaded",
                f"importing {self.dotted} failed: {self._reason(error)}",
                placeOfError(error) or self.place,
                self._importable(),
            ) from error
        try:
            kind = found() if isinstance(found, type) else found
        except Exception as error:
            raise self._broken(
                "cannot be made",
                f"calling {self.dotted}() failed: {type(error).__name__}: {error}",
                placeOfError(error) or placeOf(found) or self.place,
                "a class without constructor arguments, or an object",
            ) from error
        broken = breaches(self.family, kind, self.title, place=self.place, page=pageOf(self.family))
        if broken:
            raise PluginError(f"{self.title} does not keep its promise", faults=broken)
        return kind

    def _find(self) -> object:
        """@raise Exception: whatever comes of importing a stranger's module."""
        if not isinstance(self.target, str):
            return self.target
        here: object = sys.modules.get(self.origin)
        for part in self.target.split("."):
            here = getattr(here, part, _MISSING)
        return namedAny(self.target) if here is _MISSING else here

    def _reason(self, error: Exception) -> str:
        return f"{type(error).__name__}: {error}" if self._module() else f"there is no module {self._first}"

    def _importable(self) -> str:
        lost = "" if self._module() else f"; if {self._first} is not installed, name its folder in PYTHONPATH"
        return f"the dotted name of a class or an object that can be imported{lost}"

    @property
    def _first(self) -> str:
        return self.dotted.partition(".")[0]

    def _module(self) -> bool:
        """Whether what the dotted name begins with can be imported."""
        return self._first in sys.modules or importlib.util.find_spec(self._first) is not None

    def _broken(self, brief: str, what: str, place: str, expected: str) -> PluginError:
        what = f"{self.title} (announced in {self.origin}): {what}"
        return PluginError(f"{self.title} {brief}", faults=[Fault(what, place, expected, pageOf(self.family))])
