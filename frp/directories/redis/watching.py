"""What others hold, as far as somebody here watches it: read once, and kept up to date by what is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from frp.directories.redis.presence import Away, Presence
from frp.directories.redis.scripts import READ
from frp.directories.redis.words import Change, entryOf, text
from frp.errors import Unavailable
from frp.interfaces import Entry, IWatcher
from frp.logs import Log
from frp.session.turns import inTurns
from frp.values import define

__all__ = ["Watching"]

#: How many things are read at once: some milliseconds of either side.
MANY = 200

#: Who holds a key, by the numbers of the entries.
_Holders = dict[int, Entry]


@define(eq=False)
class _Mirror:
    """
    All entries of a kind.

    @ivar kind: as the store has it.
    @ivar watchers: know what the mirror has, always.
    @ivar coming: changes that wait until all was read; None while they can be taken in as they come.
    """

    kind: str
    log: Log
    watchers: list[IWatcher] = attrs.field(factory=list)
    holders: dict[str, _Holders] = attrs.field(factory=dict)
    coming: list[Change] | None = attrs.field(factory=list)
    reading: Deferred[None] | None = None

    def changed(self, change: Change) -> None:
        """Take it in, now or when all was read."""
        if self.coming is not None:
            self.coming.append(change)
            return
        news = _applied(self.holders, change)
        if news is not None:
            self.tell(*news)

    def become(self, now: dict[str, _Holders], key: str) -> None:
        """Have only those hold a key whom C{now} has; who holds the same and says the same is no news."""
        before, holders = self.holders.pop(key, {}), now.get(key, {})
        if holders:
            self.holders[key] = holders
        there = {(entry.node, entry.owner): entry for entry in holders.values()}
        known = {(entry.node, entry.owner): entry for entry in before.values()}
        for who, entry in known.items():
            if who not in there:
                self.tell("gone", entry)
        for who, entry in there.items():
            if known.get(who) != entry:
                self.tell("held", entry)

    def tell(self, what: str, entry: Entry) -> None:
        """@param what: the name of a method of watchers."""
        for watcher in list(self.watchers):
            self.tellOne(watcher, what, entry)

    def tellOne(self, watcher: IWatcher, what: str, entry: Entry) -> None:
        try:
            getattr(watcher, what)(entry)
        except Exception:
            self.log.failure("a watcher of {key} failed", key=entry.key)


class Watching:
    """All watchers of a node."""

    def __init__(self, clock: IReactorTime, log: Log, patience: float) -> None:
        """@param patience: seconds that others need to come and say again what they hold."""
        self._clock, self._log, self._patience = clock, log, patience
        self._heard = -1  # the number of the last change before the stay that has ended
        self._mirrors: dict[str, _Mirror] = {}
        self._presence: Presence | None = None
        self._waiting: list[Deferred[None]] = []  # until all was read

    def watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        """@see: L{IDirectory.watch<frp.interfaces.IDirectory.watch>}."""
        word = text(kind)
        mirror = self._mirrors.get(word)
        if mirror is None:
            mirror = self._mirrors[word] = _Mirror(word, self._log)
            self._read(mirror)
        mirror.watchers.append(watcher)
        for holders in list(mirror.holders.values()):
            for entry in list(holders.values()):
                mirror.tellOne(watcher, "held", entry)

        def stop() -> None:
            mirror.watchers.remove(watcher)
            if not mirror.watchers and self._mirrors.get(word) is mirror:
                del self._mirrors[word]
                _stop(mirror)

        return stop

    def told(self) -> Deferred[None]:
        """@see: L{IDirectory.told<frp.interfaces.IDirectory.told>}."""
        told: Deferred[None] = Deferred()
        self._waiting.append(told)
        self._answer()
        return told

    def _answer(self) -> None:
        """Whoever waits until all was read need not wait any more, if it was."""
        if self._presence is not None and all(mirror.coming is None for mirror in self._mirrors.values()):
            waiting, self._waiting = self._waiting, []
            for told in waiting:
                told.callback(None)

    def resume(self, presence: Presence) -> None:
        """
        Read everything here: nobody knows what was missed. Where the store has forgotten all, others need time to say
        what they hold, and nothing is gone because they have not done so yet.
        """
        self._presence = presence
        forgotten = presence.position < self._heard
        for mirror in list(self._mirrors.values()):
            self._read(mirror, self._patience if forgotten and mirror.holders else 0.0)

    def pause(self) -> None:
        """The stay has ended; what is known stays known."""
        if self._presence is not None:
            self._heard = self._presence.position
        self._presence = None
        for mirror in self._mirrors.values():
            _stop(mirror)

    def changed(self, changes: Sequence[Change]) -> None:
        """Something has changed."""
        for change in changes:
            mirror = self._mirrors.get(change.kind)
            if mirror is not None and mirror.reading is not None:
                mirror.changed(change)

    # Reading

    def _read(self, mirror: _Mirror, after: float = 0.0) -> None:
        presence = self._presence
        if presence is not None:
            mirror.coming = []
            mirror.reading = Deferred.fromCoroutine(self._readAll(mirror, presence, after))
            mirror.reading.addErrback(partial(self._failed, presence)).addCallback(lambda _: self._answer())

    def _failed(self, presence: Presence, failure: Failure) -> None:
        if failure.check(Unavailable):
            presence.fail(failure.getErrorMessage())
        elif not failure.check(Away, CancelledError):
            self._log.failure("the directory could not be read, for a bug", failure)

    async def _readAll(self, mirror: _Mirror, presence: Presence, after: float) -> None:
        """After some seconds, read, have the mirror become that, and take in what has come meanwhile."""
        found: dict[str, tuple[int, _Holders]] = {}
        cursor, sequence = "0", 0
        if after:
            await deferLater(self._clock, after)
        while True:
            page = await presence.run(READ, mirror.kind, cursor, MANY)
            assert isinstance(page, list)
            cursor, sequence, lines = page
            found.update((key, (sequence, holders)) for key, holders in _parsed(lines))
            if cursor == "0":
                break
        await presence.reaches(sequence)
        now = {key: holders for key, (_, holders) in found.items()}
        coming, mirror.coming = mirror.coming or [], []
        for change in coming:
            if change.sequence > found.get(change.key, (0, {}))[0]:
                _applied(now, change)
        await inTurns(self._clock, partial(mirror.become, now), dict.fromkeys([*mirror.holders, *now]))
        coming, mirror.coming = mirror.coming, None
        for change in coming:
            mirror.changed(change)


def _stop(mirror: _Mirror) -> None:
    reading, mirror.reading = mirror.reading, None
    if reading is not None:
        reading.cancel()


def _applied(holders: dict[str, _Holders], change: Change) -> tuple[str, Entry] | None:
    """
    Take in a change.

    @return: what watchers are to be told: the name of their method, and the entry; None for nothing.
    """
    if change.what == "+":
        number, entry = entryOf(change.key, change.record)
        known = holders.setdefault(change.key, {})
        if known.get(number) == entry:
            return None
        known[number] = entry
        return "held", entry
    known = holders.get(change.key, {})
    gone = known.pop(int(change.record.partition("\t")[0]), None)
    if not known:
        holders.pop(change.key, None)
    return None if gone is None else ("gone", gone)


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
