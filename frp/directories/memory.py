"""A directory in memory: of a frps that runs alone, or of several in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.interfaces import Entry, IDirectory, IDirectoryKind, IDirectorySite, IWatcher, Key
from frp.values import frozen

__all__ = ["Memory", "MemoryKind", "Shelf"]

#: How many things are kept before those that ran out are looked for.
MANY = 1024


@frozen(eq=False)
class _Held:
    """@ivar lost: tells its owner that it is another's."""

    entry: Entry
    lost: Callable[[Entry], object]


class Shelf:
    """
    Where the entries stand. Each L{Memory} with the same shelf is a node.

    Keys lead to their holders in the order in which they came; there is more than one only where they share.

    @ivar remembered: what is kept, and until when.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._holders: dict[Key, dict[tuple[str, str], _Held]] = {}
        self.remembered: dict[Key, tuple[float, Mapping[str, object]]] = {}
        self._many = MANY
        self._watchers: dict[str, list[IWatcher]] = {}
        self._epoch = 0
        self._nodes = 0

    def name(self) -> str:
        """@return: for one more node."""
        self._nodes += 1
        return f"node-{self._nodes}"

    def epoch(self) -> int:
        self._epoch += 1
        return self._epoch

    def claim(self, entry: Entry, lost: Callable[[Entry], object]) -> Entry | None:
        holders, who = self._holders.get(entry.key), (entry.node, entry.owner)
        if holders is None:
            self._holders[entry.key] = {who: _Held(entry, lost)}
            self._tell(entry.key, "held", entry)
            return None
        for held in holders.values():
            if not held.entry.yieldsTo(entry):
                return held.entry
        displaced = [holders.pop(each) for each in list(holders) if each != who and _displaces(entry, holders[each])]
        holders[who] = _Held(entry, lost)
        for held in displaced:
            self._tell(entry.key, "gone", held.entry)
        self._tell(entry.key, "held", entry)
        for held in displaced:
            held.lost(entry)
        return None

    def release(self, key: Key, who: tuple[str, str]) -> None:
        holders = self._holders.get(key, {})
        held = holders.pop(who, None)
        if held is not None:
            if not holders:
                del self._holders[key]
            self._tell(key, "gone", held.entry)

    def leave(self, node: str) -> None:
        """A node is gone, with all that it held."""
        for key, holders in list(self._holders.items()):
            for who in [who for who in holders if who[0] == node]:
                self.release(key, who)

    def find(self, key: Key) -> list[Entry]:
        return [held.entry for held in self._holders.get(key, {}).values()]

    def keep(self, key: Key, value: Mapping[str, object], seconds: float) -> None:
        now = self._clock.seconds()
        if len(self.remembered) >= self._many:
            self.remembered = {key: one for key, one in self.remembered.items() if one[0] >= now}
            self._many = max(MANY, 2 * len(self.remembered))
        self.remembered[key] = now + seconds, value

    def kept(self, key: Key) -> Mapping[str, object] | None:
        until, value = self.remembered.get(key, (-1.0, None))
        return value if until >= self._clock.seconds() else None

    def watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        watchers = self._watchers.setdefault(kind, [])
        watchers.append(watcher)
        for key, holders in list(self._holders.items()):
            if key[0] == kind:
                for held in list(holders.values()):
                    watcher.held(held.entry)
        return lambda: watchers.remove(watcher)

    def _tell(self, key: Key, what: str, entry: Entry) -> None:
        for watcher in list(self._watchers.get(key[0], ())):
            getattr(watcher, what)(entry)


def _displaces(entry: Entry, held: _Held) -> bool:
    return entry.tenure.succeeds(held.entry.tenure)


@implementer(IDirectory)
class Memory:
    """One node's view of a shelf. It answers at once, and always."""

    reachable = True

    def __init__(self, shelf: Shelf) -> None:
        self.node = shelf.name()
        self._shelf = shelf
        self.watch = shelf.watch

    def heed(self, changed: Callable[[bool], object]) -> Callable[[], object]:
        return lambda: None

    def open(self) -> Deferred[None]:
        return succeed(None)

    def close(self) -> Deferred[None]:
        self._shelf.leave(self.node)
        return succeed(None)

    def claim(self, entry: Entry, lost: Callable[[Entry], object]) -> Deferred[Entry | None]:
        mine = Entry(entry.key, entry.owner, entry.value, entry.share, entry.tenure, self.node)
        return succeed(self._shelf.claim(mine, lost))

    def release(self, key: Key, owner: str) -> Deferred[None]:
        self._shelf.release(key, (self.node, owner))
        return succeed(None)

    def find(self, key: Key) -> Deferred[list[Entry]]:
        return succeed(self._shelf.find(key))

    def epoch(self) -> Deferred[int]:
        return succeed(self._shelf.epoch())

    def keep(self, key: Key, value: Mapping[str, object], seconds: float) -> Deferred[None]:
        self._shelf.keep(key, value, seconds)
        return succeed(None)

    def kept(self, key: Key) -> Deferred[Mapping[str, object] | None]:
        return succeed(self._shelf.kept(key))

    def told(self) -> Deferred[None]:
        return succeed(None)


@implementer(IDirectoryKind)
class MemoryKind:
    """C{memory:}: of a server that is the only node."""

    def directory(self, url: str, site: IDirectorySite) -> Memory:
        return Memory(Shelf(site.clock))
