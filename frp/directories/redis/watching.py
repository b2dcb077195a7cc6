"""What others hold, as far as somebody here watches it: read once, and kept up to date by what is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs
from twisted.internet.defer import Deferred

from frp.directories.redis.presence import Away, Presence
from frp.directories.redis.scripts import READ
from frp.directories.redis.words import Change, entryOf, text
from frp.errors import Unavailable
from frp.interfaces import Entry, IWatcher
from frp.logs import Log
from frp.values import define

__all__ = ["Watching"]

#: How many things are read at once: some milliseconds of either side.
MANY = 500

#: Who holds a key, by the numbers of the entries.
_Holders = dict[int, Entry]


@define(eq=False)
class _Watch:
    """@ivar told: whether it knows all that the mirror does."""

    watcher: IWatcher
    told: bool


@define(eq=False)
class _Mirror:
    """
    All entries of a kind.

    @ivar kind: as the store has it.
    @ivar coming: the changes since reading has begun; None while nothing is read.
    @ivar true: whether changes can be taken in as they come.
    """

    kind: str
    watches: list[_Watch] = attrs.field(factory=list)
    holders: dict[str, _Holders] = attrs.field(factory=dict)
    coming: list[Change] | None = None
    true: bool = False

    def apply(self, change: Change) -> tuple[str, Entry] | None:
        """
        Take in a change.

        @return: what watchers are to be told: the name of their method, and the entry; None for nothing.
        """
        if change.what == "+":
            number, entry = entryOf(change.key, change.record)
            holders = self.holders.setdefault(change.key, {})
            if holders.get(number) == entry:
                return None
            holders[number] = entry
            return "held", entry
        holders = self.holders.get(change.key, {})
        gone = holders.pop(int(change.record.partition("\t")[0]), None)
        if not holders:
            self.holders.pop(change.key, None)
        return None if gone is None else ("gone", gone)


class Watching:
    """All watchers of a node."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._mirrors: dict[str, _Mirror] = {}
        self._presence: Presence | None = None

    def watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        """@see: L{IDirectory.watch<frp.interfaces.IDirectory.watch>}."""
        word = text(kind)
        mirror = self._mirrors.get(word)
        if mirror is None:
            mirror = self._mirrors[word] = _Mirror(word)
            self._read(mirror)
        watch = _Watch(watcher, mirror.true)
        mirror.watches.append(watch)
        if mirror.true:
            self._tell([watch], _all(mirror.holders))

        def stop() -> None:
            if watch in mirror.watches:
                mirror.watches.remove(watch)
            if not mirror.watches and self._mirrors.get(word) is mirror:
                del self._mirrors[word]

        return stop

    def resume(self, presence: Presence) -> None:
        """Read everything here: nobody knows what was missed."""
        self._presence = presence
        for mirror in list(self._mirrors.values()):
            self._read(mirror)

    def pause(self) -> None:
        """The stay has ended; what is known stays known."""
        self._presence = None
        for mirror in self._mirrors.values():
            mirror.true, mirror.coming = False, None

    def changed(self, changes: Sequence[Change]) -> None:
        """Something has changed."""
        for change in changes:
            mirror = self._mirrors.get(change.kind)
            if mirror is not None and mirror.coming is not None:
                mirror.coming.append(change)
            elif mirror is not None and mirror.true:
                news = mirror.apply(change)
                if news is not None:
                    self._tell(mirror.watches, [news])

    # Reading

    def _read(self, mirror: _Mirror) -> None:
        presence = self._presence
        if presence is not None:
            mirror.true, mirror.coming = False, []
            Deferred.fromCoroutine(self._readAll(mirror, presence)).addErrback(
                lambda failure: self._log.failure("a directory could not be read", failure)
            )

    async def _readAll(self, mirror: _Mirror, presence: Presence) -> None:
        found: dict[str, tuple[int, _Holders]] = {}
        cursor, sequence = "0", 0
        try:
            while True:
                page = await presence.run(READ, mirror.kind, cursor, MANY)
                assert isinstance(page, list)
                cursor, sequence, lines = page
                found.update((key, (sequence, holders)) for key, holders in _parsed(lines))
                if cursor == "0":
                    break
            await presence.reaches(sequence)
        except Away:
            return  # there will be another stay
        except Unavailable as error:
            presence.fail(error.detail)
            return
        if self._presence is presence and self._mirrors.get(mirror.kind) is mirror:
            self._take(mirror, found)

    def _take(self, mirror: _Mirror, found: dict[str, tuple[int, _Holders]]) -> None:
        """What was read is the truth now, with what has changed since each part of it was."""
        before, coming = mirror.holders, mirror.coming or []
        mirror.holders = {key: holders for key, (_, holders) in found.items()}
        mirror.true, mirror.coming = True, None
        for change in coming:
            if change.sequence > found.get(change.key, (0, {}))[0]:
                mirror.apply(change)
        told = [watch for watch in mirror.watches if watch.told]
        fresh = [watch for watch in mirror.watches if not watch.told]
        if told:
            self._tell(told, list(_differences(before, mirror.holders)))
        for watch in fresh:
            watch.told = True
        if fresh:
            self._tell(fresh, list(_all(mirror.holders)))

    def _tell(self, watches: Iterable[_Watch], news: Iterable[tuple[str, Entry]]) -> None:
        watches = list(watches)
        for what, entry in news:
            for watch in watches:
                try:
                    getattr(watch.watcher, what)(entry)
                except Exception:
                    self._log.failure("a watcher of {key} failed", key=entry.key)


def _parsed(lines: str) -> Iterator[tuple[str, _Holders]]:
    """@return: keys with their holders; all of one key stand together."""
    known, holders = "", _Holders()
    for line in lines.split("\n") if lines else ():
        key, _, record = line.partition("\t")
        if key != known:
            if known:
                yield known, holders
            known, holders = key, {}
        number, entry = entryOf(key, record)
        holders[number] = entry
    if known:
        yield known, holders


def _all(holders: dict[str, _Holders]) -> Iterator[tuple[str, Entry]]:
    return (("held", entry) for each in list(holders.values()) for entry in list(each.values()))


def _differences(before: dict[str, _Holders], now: dict[str, _Holders]) -> Iterator[tuple[str, Entry]]:
    """@return: what has gone, then what has come; who holds the same and says the same is no news."""
    for key, holders in before.items():
        there = {(entry.node, entry.owner) for entry in now.get(key, {}).values()}
        yield from (("gone", entry) for entry in holders.values() if (entry.node, entry.owner) not in there)
    for key, holders in now.items():
        known = {(entry.node, entry.owner): entry for entry in before.get(key, {}).values()}
        yield from (("held", entry) for entry in holders.values() if known.get((entry.node, entry.owner)) != entry)
