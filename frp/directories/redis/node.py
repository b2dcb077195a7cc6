"""A node whose directory is kept in Redis: it comes, stays as long as it can, and comes again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from re import sub
from secrets import token_hex

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.directories.redis.connection import Store
from frp.directories.redis.holding import Holdings
from frp.directories.redis.presence import Away, Pace, Presence
from frp.directories.redis.questions import Questions
from frp.directories.redis.scripts import EPOCH, FIND, KEEP, KEPT
from frp.directories.redis.url import Place
from frp.directories.redis.watching import Watching
from frp.directories.redis.words import Change, entryOf, processOf, text
from frp.errors import FRPError
from frp.interfaces import Entry, IDirectory, IDirectorySite, IWatcher, Key
from frp.session.deadline import Later

__all__ = ["RedisNode"]

#: How many of the things that were lost the log names.
_NAMED = 5


@implementer(IDirectory)
class RedisNode:
    """
    One node.

    @ivar node: the name for people, a word that no other process has, and the number of the life.
    """

    def __init__(self, place: Place, site: IDirectorySite, pace: Pace | None = None) -> None:
        """@raise ConfigError: a file that the place names cannot be used."""
        self._pace = pace or Pace()
        self._site, self._log = site, site.log
        self._store = Store(place, site.reactor, site.clock, self._pace.patience)
        self.node = f"{sub(r'[^A-Za-z0-9_-]', '_', site.name) or 'node'}.{token_hex(6)}.0"
        self.reachable = False
        self._heeding: list[Callable[[bool], object]] = []
        self._presence: Presence | None = None
        self._questions = Questions(site.clock, self._pace.patience, str(place))
        self._holdings = Holdings(self._questions, site.clock, site.log)
        self._watching = Watching(site.clock, site.log, self._pace.lease)
        self._epoch = 0
        self._lives = 0
        self._closed = False
        self._later = Later(site.clock)
        self._coming: Deferred[None] | None = None

    def heed(self, changed: Callable[[bool], object]) -> Callable[[], object]:
        self._heeding.append(changed)
        return lambda: self._heeding.remove(changed)

    def _heeded(self) -> None:
        for changed in list(self._heeding):
            try:
                changed(self.reachable)
            except Exception:
                self._log.failure("somebody who heeds the directory failed")

    # Coming and going

    def open(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._come())

    async def _come(self) -> None:
        """@raise FRPError: it did not work."""
        self._lives += 1
        presence = Presence(self._store, self._pace, self._site.clock, self._changed, self._gone)
        try:
            await presence.begin(self.node, f"{processOf(self.node)}.{self._lives}", self._epoch)
            self.node = presence.node
            self._presence = presence
            lost = await self._holdings.sayAgain(presence)
            if presence.why or self._closed:
                raise Away(presence.why)
        except BaseException:
            presence.end("it has not come to be a node")
            self._presence = None
            raise
        self._tell(lost)
        self.reachable = True
        self._questions.resume(presence)
        self._watching.resume(presence)
        self._heeded()

    def _tell(self, lost: Sequence[tuple[Entry, Entry]]) -> None:
        if self._lives > 1:
            self._log.info(
                "the directory {place} is reached again, as {node}: {count} things are held as before",
                place=self._store.place,
                node=self.node,
                count=len(self._holdings),
            )
        if lost:
            names = ", ".join(" ".join(mine.key) for mine, _ in lost[:_NAMED])
            self._log.warn(
                "{count} things were lost meanwhile, to {nodes}: {names}",
                count=len(lost),
                nodes=", ".join(sorted({other.node for _, other in lost})),
                names=f"{names}, ..." if len(lost) > _NAMED else names,
            )

    def _gone(self, presence: Presence) -> None:
        """The stay has ended, for a reason of its own."""
        if presence is not self._presence or not self.reachable:
            return  # it had not come to be one, and whoever waits for that is told
        self._presence = None
        self.reachable = False
        self._log.warn(
            "the directory {place} is lost: {why}; what {node} holds is held on, and who asks for more waits",
            place=self._store.place,
            why=presence.why,
            node=self.node,
        )
        self._pause(presence.why)
        self._heeded()
        self._again(0)

    def _pause(self, why: str) -> None:
        self._questions.pause(why)
        self._holdings.pause()
        self._watching.pause()

    def _again(self, delay: float) -> None:
        def failed(failure: Failure) -> None:
            if self._closed:
                return
            if failure.check(FRPError):
                news = failure.getErrorMessage() != self._questions.why
                self._questions.why = failure.getErrorMessage()
                if news:
                    self._log.warn("the directory is not reached: {why}", why=self._questions.why)
            else:
                self._log.failure("the directory is not reached, for a bug", failure)
            self._again(min(max(2 * delay, self._pace.again), self._pace.seldom))

        def come() -> None:
            self._coming = Deferred.fromCoroutine(self._come()).addErrback(failed)

        if not self._closed:
            self._later.set(delay, come)

    def close(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._later.stop()
        presence, self._presence = self._presence, None
        if presence is None and self._coming is not None:
            self._coming.cancel()
        self._questions.close()
        self._pause("this node has left it")
        if presence is not None:
            leaving = presence.leave()
            leaving.addTimeout(self._pace.patience, self._site.clock)
            # Where it cannot be said, the lease says it.
            with suppress(Exception):
                await leaving
            presence.end("this node has left it")
        self.reachable = False

    # Being told

    def _changed(self, changes: Sequence[Change]) -> None:
        presence = self._presence
        if presence is not None:
            self._watching.changed(changes)
            self._holdings.changed(presence, changes)

    # Questions

    def claim(self, entry: Entry, lost: Callable[[Entry], object]) -> Deferred[Entry | None]:
        self._epoch = max(self._epoch, entry.tenure.epoch)
        return self._holdings.claim(entry, lost)

    def release(self, key: Key, owner: str) -> Deferred[None]:
        return self._holdings.release(key, owner, away=self._presence is None)

    def find(self, key: Key) -> Deferred[list[Entry]]:
        word = text(key)

        def answered(lines: object) -> list[Entry]:
            return [entryOf(word, line)[1] for line in str(lines).split("\n") if line]

        return self._questions.ask(FIND, text(key[0]), word).addCallback(answered)

    def epoch(self) -> Deferred[int]:
        def answered(answer: object) -> int:
            epoch = int(str(answer))
            self._epoch = max(self._epoch, epoch)
            return epoch

        return self._questions.ask(EPOCH, self._epoch).addCallback(answered)

    def keep(self, key: Key, value: Mapping[str, object], seconds: float) -> Deferred[None]:
        asked = self._questions.ask(KEEP, text(key), text(value), max(1, int(seconds * 1000)))
        return asked.addCallback(lambda _: None)

    def kept(self, key: Key) -> Deferred[Mapping[str, object] | None]:
        def answered(value: object) -> Mapping[str, object] | None:
            return None if value is None else dict(json.loads(str(value)))

        return self._questions.ask(KEPT, text(key)).addCallback(answered)

    def watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        return self._watching.watch(kind, watcher)

    def told(self) -> Deferred[None]:
        return self._watching.told()
