"""
Modules that others import for what frps and frpc do not use: they run when something in them is asked for.

L{twisted.python.compat} imports L{http.cookiejar} for an old name, and with it HTTP and e-mail of the standard library.
Twisted's reactors import L{twisted.internet.ssl}, and with it C{service_identity}; our TLS is our own.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType

__all__ = ["SELDOM", "postpone"]

SELDOM = ("http.cookiejar", "twisted.internet.ssl")


class _Itself(Loader):
    """
    Leaves a module in its place that puts something else there while it runs, which the library refuses: Twisted's do
    so, to warn of old names.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        sys.modules[module.__name__] = module


def postpone(name: str) -> None:
    """
    Let a module run when it is used. Two threads must not be the first to use it.

    @param name: with dots. C{from PACKAGE import MODULE} is no use yet, C{import PACKAGE.MODULE} is one.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(_Itself(spec.loader))
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    package, _, last = name.rpartition(".")
    setattr(sys.modules[package], last, module)
