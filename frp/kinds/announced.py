"""
Announcements by Twisted's own note of them, without what other packages announce.

Twisted keeps beside the modules of plugins a file that says what each of them has, and for what. Read as it is, it
imports the interfaces of all: trial with unittest, cred, words. Here it gives what is ours, and where it cannot be
relied on, L{twisted.plugin.getPlugins} is asked, which writes it anew.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import accumulate
from typing import Any

from twisted.plugin import CachedDropin, CachedPlugin
from zope.interface.interface import InterfaceClass

__all__ = ["announced"]


class _Stale(Exception):
    """A note is missing, or is not of what is there."""


def announced(folders: Iterable[str], family: InterfaceClass) -> list[object] | None:
    """
    @param folders: those of a package of plugins, in the order in which it has them.
    @param family: an interface that plugins provide.
    @return: the plugins; None where Twisted has to look for them.
    """
    known: dict[str, CachedDropin] = {}
    seen: set[str] = set()
    try:
        for folder in folders:
            known.update(_noted(folder, family, seen))
        return list(_loaded(known, family))
    except Exception:  # of a stranger's file, or of a module that Twisted will tell about
        return None


def _loaded(known: dict[str, CachedDropin], family: InterfaceClass) -> Iterator[object]:
    for dropin in known.values():
        for plugin in dropin.plugins:
            if family in plugin.provided:
                yield getattr(import_module(dropin.moduleName), plugin.name)


def _noted(folder: str, family: InterfaceClass, seen: set[str]) -> dict[str, CachedDropin]:
    """
    @param seen: the modules of other folders, which hide those of the same name.
    @raise _Stale: it is not what Twisted would say now.
    """
    modules = dict(_modules(folder))
    if not modules:
        return {}
    path = os.path.join(folder, "dropin.cache")
    written = os.path.getmtime(path)
    with open(path, "rb") as file:
        noted: dict[str, CachedDropin] = _Reading(file, family).load()
    if noted.keys() != modules.keys() - seen or max(modules.values()) >= written:
        raise _Stale
    seen.update(modules)
    return noted


def _modules(folder: str) -> Iterator[tuple[str, float]]:
    """
    @return: each module, and when it was changed.
    @raise _Stale: something is there that may be one, and is no plain file of Python.
    """
    if not os.path.isdir(folder):
        # There need not be one in each place where Python looks for packages; some of these are archives.
        if any(os.path.isfile(above) for above in accumulate(folder.split(os.sep), lambda *both: os.sep.join(both))):
            raise _Stale
        return
    for entry in os.scandir(folder):
        name, ending = os.path.splitext(entry.name)
        if ending == ".py":
            if name != "__init__":
                yield name, entry.stat().st_mtime
        elif ending in (".pyc", ".pyo") or (entry.is_dir() and name != "__pycache__"):
            raise _Stale


class _Reading(pickle.Unpickler):
    """Knows Twisted's classes, and the package of one interface; others are nothing, and are not imported."""

    def __init__(self, file: Any, family: InterfaceClass) -> None:
        super().__init__(file)
        # What is ours by another name than today's must not be missed: it is an error, as it is for Twisted.
        self._whole = ("copyreg", "builtins", family.__module__.partition(".")[0])
        self._known = {(one.__module__, one.__name__): one for one in (CachedDropin, CachedPlugin, family)}

    def find_class(self, module: str, name: str) -> Any:
        found = self._known.get((module, name))
        if found is None and module.partition(".")[0] in self._whole:
            return super().find_class(module, name)
        return found
