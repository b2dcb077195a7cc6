"""A worker's end of the connection with its parent: the directory, as the worker sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.directories.parent.commands import Claim, Epoch, Find, Keep, Kept, Leave, Lost, Release, Told, Watch
from frp.errors import Unavailable
from frp.interfaces import Entry, IDirectory, IWatcher, Key
from frp.logs import Log

__all__ = ["ParentDirectory"]

_log = Log("frp.directories.parent")


@implementer(IDirectory)
class ParentDirectory(amp.AMP):
    """It can be asked as long as the connection is there. Without it nothing that the worker holds is its own."""

    def __init__(self, node: str) -> None:
        """@param node: what the parent calls this worker."""
        super().__init__()
        self.node = node
        self.reachable = True
        self._heeding: list[Callable[[bool], object]] = []
        self._numbers = count(1)
        self._claims: dict[tuple[Key, str], int] = {}  # which of them hold something
        self._owners: dict[int, Callable[[Entry], object]] = {}
        self._held: dict[str, dict[tuple[Key, str, str], Entry]] = {}  # of the kinds that are watched
        self._watchers: dict[str, list[IWatcher]] = {}

    def _ask(self, command: type[amp.Command], **fields: object) -> Deferred[Any]:
        def failed(failure: Failure) -> Failure:
            if failure.check(CancelledError):
                return failure  # whoever has asked has given up
            raise Unavailable("the directory is gone", f"the parent of this worker is gone: {failure.value}")

        asked: Deferred[Any] = self.callRemote(command, **fields)
        return asked.addErrback(failed)

    # Being a node

    def heed(self, changed: Callable[[bool], object]) -> Callable[[], object]:
        self._heeding.append(changed)
        return lambda: self._heeding.remove(changed)

    def open(self) -> Deferred[None]:
        """It is one as long as the connection is there."""
        return succeed(None)

    def close(self) -> Deferred[None]:
        return self._ask(Leave).addCallbacks(lambda _: None, lambda failure: failure.trap(Unavailable) and None)

    def connectionLost(self, reason: Failure | None = None) -> None:
        super().connectionLost(reason)
        self.reachable = False
        for changed in list(self._heeding):
            changed(False)

    # What is held

    def claim(self, entry: Entry, lost: Callable[[Entry], object]) -> Deferred[Entry | None]:
        number = next(self._numbers)

        def answered(answer: Mapping[str, Entry | None]) -> Entry | None:
            if answer["other"] is None:
                self._forget(entry.key, entry.owner)
                self._claims[entry.key, entry.owner] = number
                self._owners[number] = lost
            return answer["other"]

        return self._ask(Claim, number=number, entry=entry).addCallback(answered)

    def release(self, key: Key, owner: str) -> Deferred[None]:
        self._forget(key, owner)  # what it loses from now on it has given back
        return self._ask(Release, key=key, owner=owner).addCallback(lambda _: self._forget(key, owner))

    def _forget(self, key: Key, owner: str) -> None:
        self._owners.pop(self._claims.pop((key, owner), 0), None)

    @Lost.responder
    def _lost(self, number: int, other: Entry) -> Mapping[str, object]:
        lost = self._owners.pop(number, None)
        if lost is not None:
            self._guarded(lost, other)
        return {}

    # Questions

    def find(self, key: Key) -> Deferred[list[Entry]]:
        return self._ask(Find, key=key).addCallback(lambda answer: answer["entries"])

    def epoch(self) -> Deferred[int]:
        return self._ask(Epoch).addCallback(lambda answer: answer["epoch"])

    def keep(self, key: Key, value: Mapping[str, object], seconds: float) -> Deferred[None]:
        return self._ask(Keep, key=key, value=value, seconds=float(seconds)).addCallback(lambda _: None)

    def kept(self, key: Key) -> Deferred[Mapping[str, object] | None]:
        return self._ask(Kept, key=key).addCallback(lambda answer: answer["value"])

    # Watching

    def watch(self, kind: str, watcher: IWatcher) -> Callable[[], object]:
        watchers = self._watchers.setdefault(kind, [])
        watchers.append(watcher)
        if kind in self._held:
            for entry in list(self._held[kind].values()):
                watcher.held(entry)
        else:
            self._held[kind] = {}
            self._ask(Watch, kind=kind).addErrback(lambda failure: failure.trap(Unavailable))
        return lambda: watchers.remove(watcher)

    def told(self) -> Deferred[None]:
        # What the parent answers stands behind all that it has told: any question will do.
        return self.find(("",)).addCallback(lambda _: None)

    @Told.responder
    def _told(self, what: str, entry: Entry) -> Mapping[str, object]:
        kind = entry.key[0]
        known = entry.key, entry.node, entry.owner
        if what == "held":
            self._held[kind][known] = entry
        else:
            self._held[kind].pop(known, None)
        for watcher in list(self._watchers[kind]):
            self._guarded(getattr(watcher, what), entry)
        return {}

    def _guarded(self, act: Callable[[Entry], object], entry: Entry) -> None:
        """Nobody's bug ends the connection, by which all are told."""
        try:
            act(entry)
        except Exception:
            _log.failure("who is told of {key} in the directory has failed", key=entry.key)
