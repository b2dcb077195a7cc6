"""The parent's end of the connection with a worker, as far as it is about the directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.directories.memory import Shelf
from frp.directories.parent.commands import Claim, Epoch, Find, Keep, Kept, Leave, Lost, Release, Told, Watch
from frp.interfaces import Entry, IWatcher, Key

__all__ = ["Lodging"]


@implementer(IWatcher)
class Lodging(amp.AMP):
    """
    One worker's part in a shelf. Its lease is the connection: with that ends all that it holds.

    @ivar node: what the worker is called in the directory.
    """

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.node = shelf.name()
        self._shelf = shelf
        self._stops: dict[str, Callable[[], object]] = {}

    def connectionLost(self, reason: Failure | None = None) -> None:
        for stop in self._stops.values():
            stop()
        self._shelf.leave(self.node)
        super().connectionLost(reason)

    @Claim.responder
    def _claim(self, number: int, entry: Entry) -> Mapping[str, object]:
        entry = attrs.evolve(entry, node=self.node)
        other = self._shelf.claim(entry, lambda other: self.callRemote(Lost, number=number, other=other))
        return {"other": other}

    @Release.responder
    def _release(self, key: Key, owner: str) -> Mapping[str, object]:
        self._shelf.release(key, (self.node, owner))
        return {}

    @Find.responder
    def _find(self, key: Key) -> Mapping[str, object]:
        return {"entries": self._shelf.find(key)}

    @Epoch.responder
    def _epoch(self) -> Mapping[str, object]:
        return {"epoch": self._shelf.epoch()}

    @Keep.responder
    def _keep(self, key: Key, value: Mapping[str, object], seconds: float) -> Mapping[str, object]:
        self._shelf.keep(key, value, seconds)
        return {}

    @Kept.responder
    def _kept(self, key: Key) -> Mapping[str, object]:
        return {"value": self._shelf.kept(key)}

    @Leave.responder
    def _leave(self) -> Mapping[str, object]:
        self._shelf.leave(self.node)
        return {}

    @Watch.responder
    def _watch(self, kind: str) -> Mapping[str, object]:
        if kind not in self._stops:
            self._stops[kind] = self._shelf.watch(kind, self)
        return {}

    def held(self, entry: Entry) -> None:
        self.callRemote(Told, what="held", entry=entry)

    def gone(self, entry: Entry) -> None:
        self.callRemote(Told, what="gone", entry=entry)
