"""
What other workers have carried, as they have said last. What one has carried that is gone is not lost with it: it is
this worker's to tell from then on. C{statsFile} has all of it by the lives of the workers, so that nothing counts twice
when a single one of them is started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.interfaces import IRoster, Seen
from frp.server.meters import Figures
from frp.server.statistics import ProxyRecord, Statistics
from frp.server.whole.changes import News
from frp.server.whole.merging import ended
from frp.server.whole.own import Sums
from frp.values import define, frozen

__all__ = ["Left", "Life", "Lives"]


@define
class Life:
    """
    One life of a worker.

    @ivar sums: all that it has said last; None where it never has.
    @ivar records: its proxies, by name.
    @ivar seen: its clients.
    @ivar version: of its records; 0 where they are to be told anew.
    @ivar gone: whether it was not there when it was asked last.
    """

    id: str
    sums: Sums | None = None
    records: dict[str, ProxyRecord] = attrs.field(factory=dict)
    seen: list[Seen] = attrs.field(factory=list)
    version: int = 0
    gone: bool = False

    def hear(self, told: Iterable[News | ProxyRecord]) -> None:
        """@param told: as L{Changes<frp.server.whole.changes.Changes>} tells it."""
        for one in told:
            if isinstance(one, News):
                self.version = one.version
                known = self.records
                if one.whole:
                    self.records = {}
                for name in one.gone:
                    self.records.pop(name, None)
            else:
                # What is written of it need not be written again where it is the same.
                before = known.get(one.name)
                if before is not None and (before.address, before.message) == (one.address, one.message):
                    one.shown = before.shown
                self.records[one.name] = one

    def end(self, now: float) -> None:
        """It is gone: nobody is there any more, and what it has carried stays."""
        self.gone, self.version = True, 0
        self.seen = [one if one.leftAt is not None else attrs.evolve(one, runId="", leftAt=now) for one in self.seen]
        self.records = {name: ended(one, now) for name, one in self.records.items()}
        if self.sums is not None:
            self.sums = self.sums.ended


@frozen
class Left:
    """What a worker says at its end: all that a L{Life} knows."""

    id: str
    sums: Sums
    records: list[ProxyRecord]
    seen: list[Seen]


class Lives:
    """
    By the numbers of the workers, and those that were read from C{statsFile}, of which nobody knows yet who lives.

    It is a L{Kept<frp.server.kept.Kept>}.
    """

    def __init__(self, clock: IReactorTime, statistics: Statistics, roster: IRoster) -> None:
        """@param statistics: this worker's own, which take what the others leave, as C{roster} does."""
        self._clock = clock
        self._statistics = statistics
        self._roster = roster
        self._last: dict[int, Life] = {}
        self._read: dict[str, Life] = {}
        self._over: set[str] = set()  # the lives of which nothing more can be heard

    def of(self, number: int) -> Life | None:
        return self._last.get(number)

    def all(self) -> list[Life]:
        """@return: the last one of each worker."""
        return list(self._last.values())

    def gone(self, number: int) -> None:
        """A worker is not there."""
        life = self._last.get(number)
        if life is not None:
            self._end(life)

    def _end(self, life: Life) -> None:
        if not life.gone:
            life.end(self._clock.seconds())
            self._roster.remember(life.seen)

    def heard(self, number: int, id: str) -> Life | None:
        """
        A worker has answered. Another life that it had before is over.

        @return: its life; None where it is this one that is over, and the answer comes late.
        """
        if id in self._over:
            return None
        known = self._last.get(number)
        if known is None or known.id != id:
            if known is not None:
                self._over.add(known.id)
                self._end(known)
                self._absorb(known)
            self._read.pop(id, None)
            known = self._last[number] = Life(id)
        known.gone = False
        return known

    def left(self, number: int, left: Left) -> None:
        """A worker has ended in good order."""
        life = self.heard(number, left.id)
        if life is not None:
            life.sums, life.seen = left.sums, left.seen
            life.records = {one.name: one for one in left.records}
            self._over.add(left.id)
            self._end(life)

    def settle(self) -> None:
        """All workers that are there have answered: whoever of those that were read has not is over."""
        read, self._read = self._read, {}
        for life in read.values():
            self._absorb(life)

    def _absorb(self, life: Life) -> None:
        self._statistics.absorb(life.records.values())
        if life.sums is not None:
            self._statistics.whole.absorb(life.sums.figures)
            self._statistics.refused.update(life.sums.refused)
            self._statistics.types.update(dict.fromkeys(life.sums.types, 0))

    def drop(self, names: Iterable[str]) -> None:
        """Forget these proxies."""
        for life in (*self._last.values(), *self._read.values()):
            for name in names:
                life.records.pop(name, None)

    # In the file

    def memory(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """As L{Kept.memory<frp.server.kept.Kept.memory>}: by the lives, with the names of proxies behind a space."""
        for life in [*self._last.values(), *self._read.values()]:
            if life.sums is not None:
                yield life.id, life.sums.figures.memory()
            for record in list(life.records.values()):
                yield f"{life.id} {record.name}", self._statistics.memory(record)

    def remember(self, name: str, data: Mapping[str, Any]) -> None:
        """As L{Kept.remember<frp.server.kept.Kept.remember>}."""
        id, _, proxy = name.partition(" ")
        life = self._read.setdefault(id, Life(id))
        if " " not in name:
            life.sums = Sums.past(Figures.read(data))
            return
        life.records[proxy] = ProxyRecord.read(proxy, data, Figures.read(data["meter"]))
