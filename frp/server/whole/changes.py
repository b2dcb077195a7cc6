"""Which proxies have something new to tell: of thousands few have, from one look to the next."""

from __future__ import annotations

from collections.abc import Iterator

from frp.server.statistics import ProxyRecord, Statistics
from frp.values import frozen

__all__ = ["Changes", "News"]

#: So many names of proxies that are gone are remembered.
_MOST_GONE = 10_000


@frozen
class News:
    """
    What comes before the proxies that are told.

    @ivar version: of what is told; whoever asks again says it.
    @ivar whole: whether it is all proxies, and not only those with something new.
    @ivar gone: the names of those that were forgotten.
    """

    version: int
    whole: bool
    gone: list[str]


class Changes:
    """
    What others were told of the proxies of this process, and in which version of it.

    Nothing is noted when a proxy carries something, for that is on the way of users: it is seen when somebody asks.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._version = 0
        self._told: dict[str, tuple[int, object]] = {}  # the version of each, and how it was then
        self._gone: dict[str, int] = {}  # and in which version that is known
        self._from = 0  # the first version of which all that are gone are known

    def since(self, version: int) -> Iterator[News | ProxyRecord]:
        """
        @param version: that of the last L{News}; 0 for everything.
        @return: news, and then those that were changed behind that version.
        """
        whole, mine = version < max(1, self._from), self._next()
        yield News(mine, whole, [name for name, gone in self._gone.items() if gone > version])
        there = set[str]()
        for record in self._statistics.live():
            name, now = record.name, _how(record)
            known, before = self._told.get(name, (0, None))
            if now != before:
                # This takes turns. Whoever has begun later may have passed it by, and hears of it the next time.
                known = mine if mine == self._version else self._next()
                self._told[name] = known, now
                self._gone.pop(name, None)
            there.add(name)
            if whole or known > version:
                yield record.told()
        self._drop(there)

    def _drop(self, there: set[str]) -> None:
        """Others are gone, which is told the next time."""
        for name in self._told.keys() - there:
            del self._told[name]
            self._gone[name] = self._next()
        if len(self._gone) > _MOST_GONE:
            self._gone.clear()
            self._from = self._next()

    def _next(self) -> int:
        self._version += 1
        return self._version


def _how(record: ProxyRecord) -> object:
    """@return: what is another when there is something new to tell."""
    meter = record.meter
    return record.startedAt, record.closedAt, meter.current, meter.total, meter.bytesIn, meter.bytesOut, meter.day
