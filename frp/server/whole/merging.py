"""One list from those of several workers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import attrs

from frp.interfaces import Seen
from frp.server.meters import Figures
from frp.server.statistics import ProxyRecord

__all__ = ["RecordSum", "SeenSum", "ended"]


class RecordSum:
    """
    Proxies by name. Each is told as by the worker where it is, or was last, with what it has carried at all of them:
    its users come in at any, and its client may have been at any.
    """

    def __init__(self, day: int) -> None:
        """@param day: the number of today."""
        self._day = day
        self._found: dict[str, list[ProxyRecord]] = {}

    def add(self, record: ProxyRecord) -> None:
        self._found.setdefault(record.name, []).append(record)

    def all(self) -> Iterable[ProxyRecord]:
        """@return: what they come to, by name. They are made as they are asked for."""
        for name in sorted(self._found):
            record = self._summed(self._found[name])
            if record.startedAt:  # of one that only others have there is nothing to be told
                yield record

    def _summed(self, records: list[ProxyRecord]) -> ProxyRecord:
        last = max(records, key=lambda one: (one.online, one.startedAt)) if len(records) > 1 else records[0]
        if len(records) == 1 and last.meter.day == self._day:
            return last
        figures = [one.meter.figures for one in records if one.type == last.type]
        return attrs.evolve(last, meter=reduce(Figures.plus, figures).at(self._day))


class SeenSum:
    """Clients by key: as the worker knows them where they are, or were last."""

    def __init__(self) -> None:
        self._found: dict[str, Seen] = {}

    def add(self, node: str, seen: Seen) -> None:
        """@param node: the worker that knows it."""
        known, one = self._found.get(seen.key), attrs.evolve(seen, node=node)
        if known is None:
            self._found[seen.key] = one
            return
        last = max((known, one), key=lambda each: (each.online, each.lastAt))
        self._found[seen.key] = attrs.evolve(last, firstAt=min(known.firstAt, one.firstAt))

    def all(self) -> list[Seen]:
        """@return: in the order of L{IRoster.seen<frp.interfaces.IRoster>}."""
        return sorted(self._found.values(), key=lambda one: (one.user, one.name, one.key))

    def find(self, key: str) -> Seen | None:
        return self._found.get(key)


def ended(record: ProxyRecord, now: float) -> ProxyRecord:
    """@return: what is left of it where its worker is gone."""
    figures: Figures = record.meter.figures
    closedAt = now if record.online else record.closedAt
    return attrs.evolve(record, message=None, closedAt=closedAt, meter=attrs.evolve(figures, current=0), shown=None)
