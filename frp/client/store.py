"""
The store: proxies and visitors that are made, changed and deleted while frpc runs, and kept in a file. It is the
reference's: a JSON object with the lists C{proxies} and C{visitors}, whose entries are as in a configuration.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.threads import deferToThreadPool
from zope.interface import Interface

from frp.client.sources import Sources
from frp.config.client import ClientConfig
from frp.config.entries import Kept, fit, read
from frp.config.kindtables import schemaOf
from frp.config.proxy import ProxyConfig
from frp.config.replacing import replaceFile
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, FRPError, Unavailable, reasonOf
from frp.interfaces import IProxyKind, IReactor, IVisitorKind
from frp.kinds import Registry
from frp.values import frozen

__all__ = ["Conflict", "Shelf", "Store", "Unknown"]

C = TypeVar("C", ProxyConfig, VisitorConfig)

_Entries = Mapping[str, Mapping[str, Kept[ProxyConfig]] | Mapping[str, Kept[VisitorConfig]]]


class Conflict(FRPError):
    """There is an entry of that name."""


class Unknown(FRPError):
    """There is no entry of that name."""


class Shelf(Generic[C]):
    """
    The proxies of a store, or its visitors.

    @ivar noun: what one of them is called.
    @ivar entries: by name.
    """

    def __init__(
        self,
        noun: str,
        family: type[Interface],
        base: type[C],
        registry: Registry,
        lock: DeferredLock,
        keep: Callable[[Shelf[C], dict[str, Kept[C]]], Awaitable[None]],
    ) -> None:
        """
        @param lock: of the whole store: one change at a time.
        @param keep: writes other entries in place of those that there are.
        """
        self.noun = noun
        self.entries: dict[str, Kept[C]] = {}
        self.registry = registry
        self._family = family
        self._base: type[C] = base
        self._keep: Callable[[Shelf[C], dict[str, Kept[C]]], Awaitable[None]] = keep
        self._lock = lock

    def types(self) -> list[str]:
        """The types that there are."""
        return self.registry.names(self._family)

    def read(self, type: str, given: Mapping[str, object]) -> Kept[C]:
        """
        @param given: C{name} and C{type} included.
        @raise ConfigErrors: it means nothing.
        @raise PluginError: its type cannot be had.
        """
        schema = schemaOf(self._family, type, self.registry, self._base)
        assert schema is not None, "every kind of these families has a schema"
        return read(schema, given, self.registry)

    async def add(self, entry: Kept[C]) -> None:
        """
        @raise ConfigErrors: it breaks a rule.
        @raise Conflict: its name is taken.
        @raise Unavailable: it cannot be kept.
        """
        fit(entry.config, self.registry)
        await self._change(self._put, entry, False)

    async def replace(self, entry: Kept[C]) -> None:
        """
        @raise ConfigErrors: it breaks a rule.
        @raise Unknown: there is none of its name.
        @raise Unavailable: it cannot be kept.
        """
        fit(entry.config, self.registry)
        await self._change(self._put, entry, True)

    def _change(self, act: Callable[..., Awaitable[None]], *arguments: object) -> Deferred[None]:
        """What was begun is done, also where nobody waits for it any more."""
        waiting: Deferred[None] = Deferred()
        self._lock.run(act, *arguments).addCallbacks(waiting.callback, waiting.errback)
        return waiting

    async def _put(self, entry: Kept[C], replaces: bool) -> None:
        name = entry.config.name
        if replaces != (name in self.entries):
            raise self._unknown(name) if replaces else Conflict(f'already exists: {self.noun} "{name}"')
        await self._keep(self, {**self.entries, name: entry})

    async def remove(self, name: str) -> None:
        """
        @raise Unknown: there is none of this name.
        @raise Unavailable: the others cannot be kept.
        """
        await self._change(self._take, name)

    async def _take(self, name: str) -> None:
        if name not in self.entries:
            raise self._unknown(name)
        await self._keep(self, {one: entry for one, entry in self.entries.items() if one != name})

    def _unknown(self, name: str) -> Unknown:
        return Unknown(f'not found: {self.noun} "{name}"')


@frozen
class _Version:
    """One file of all that had a path: two are not the same in all of this."""

    inode: int
    size: int
    written: int

    @classmethod
    def of(cls, found: os.stat_result) -> _Version:
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


class Store:
    """
    What is kept.

    @ivar proxies: and
    @ivar visitors: those that are not enabled included.
    """

    def __init__(self, reactor: IReactor, config: ClientConfig, registry: Registry, sources: Sources) -> None:
        """
        @param sources: gets one more: what the client shall run of it.
        @raise ConfigErrors: the file cannot be used.
        """
        self._reactor = reactor
        self._path = config.store.path
        self._version: _Version | None = None
        self._start = set(config.start)
        lock = DeferredLock()
        self.proxies: Shelf[ProxyConfig] = Shelf("proxy", IProxyKind, ProxyConfig, registry, lock, self._keep)
        self.visitors: Shelf[VisitorConfig] = Shelf("visitor", IVisitorKind, VisitorConfig, registry, lock, self._keep)
        self._load()
        self._source = sources.add(*self._wanted)

    def _load(self) -> None:
        try:
            with open(self._path, "rb") as file:
                self._version = _Version.of(os.fstat(file.fileno()))
                content = json.load(file)
        except FileNotFoundError:
            content = {}
        except OSError as error:
            raise self._unusable(f"open {self._path}: {reasonOf(error)}") from error
        except (ValueError, RecursionError) as error:
            raise self._unusable(f"failed to parse JSON: {error}") from error
        if not isinstance(content, Mapping):
            raise self._unusable("failed to parse JSON: it is no object")
        for name, shelf in (("proxies", self.proxies), ("visitors", self.visitors)):
            entries = content.get(name)
            if not isinstance(entries, list | None):
                raise self._unusable(f"failed to parse JSON: {name} is no list")
            for number, given in enumerate(entries or ()):
                self._shelve(shelf, number, given)

    def _shelve(self, shelf: Shelf[ProxyConfig] | Shelf[VisitorConfig], number: int, given: object) -> None:
        before = f"failed to decode {shelf.noun} at index {number}: "
        type = given.get("type") if isinstance(given, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(type, str) or type not in shelf.types():
            raise self._unusable(f"{before}unknown {shelf.noun} type: {type}")
        try:
            entry = shelf.read(type, given)
            fit(entry.config, shelf.registry)
        except ConfigErrors as errors:
            raise self._unusable(before + errors.brief) from errors
        if not entry.config.name:
            raise self._unusable(f"{shelf.noun} name cannot be empty")
        shelf.entries[entry.config.name] = entry  # type: ignore[assignment] # it is of the shelf's own kind

    def _unusable(self, why: str) -> ConfigErrors:
        text = f"failed to create store source: failed to load existing data: {why}"
        hint = f"mend {self._path}, or move it away: then the store is empty"
        return ConfigErrors([ConfigError("store.path", text, hint=hint)])

    async def _keep(self, shelf: Shelf[C], entries: dict[str, Kept[C]]) -> None:
        """Write the file in a thread, for the disk may take its time; only then other entries count."""
        lists = {
            name: [entry.written for entry in (entries if one is shelf else one.entries).values()]
            for name, one in (("proxies", self.proxies), ("visitors", self.visitors))
        }
        text = json.dumps({name: found for name, found in lists.items() if found}, indent=2, ensure_ascii=False)
        reactor = self._reactor
        try:
            await deferToThreadPool(reactor, reactor.getThreadPool(), self._replace, text.encode())
        except OSError as error:
            raise Unavailable(f"failed to persist: {error.filename or self._path}: {reasonOf(error)}") from error
        shelf.entries = entries
        self._source.change(*self._wanted)

    def _replace(self, content: bytes) -> None:
        """
        Write the file, unless it is no longer the one that we know: somebody edits it, or another frpc has the same
        path, and what either has done must not get lost.
        """
        with suppress(FileNotFoundError):
            if _Version.of(os.stat(self._path)) != self._version:
                why = "another program has changed it: give each frpc a store.path of its own, and start this one again"
                raise Unavailable(f"failed to persist: {self._path}: {why}")
        replaceFile(self._path, content)
        self._version = _Version.of(os.stat(self._path))

    @property
    def _wanted(self) -> tuple[list[ProxyConfig], list[VisitorConfig]]:
        return self._running(self.proxies.entries.values()), self._running(self.visitors.entries.values())

    def _running(self, entries: Iterable[Kept[C]]) -> list[C]:
        """Those that shall run."""
        configs = [entry.config for entry in entries]
        return [one for one in configs if one.enabled and (not self._start or one.name in self._start)]
