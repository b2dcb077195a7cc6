"""What proxies carry, by day: counted, and as it stands at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add
from typing import Any, ClassVar

import attrs

from frp.interfaces.flowing import Meter
from frp.values import define, frozen

__all__ = ["DAYS", "Daily", "DailyMeter", "Figures"]

#: For how many days sums are kept.
DAYS = 7


def _later(sums: list[int], days: int) -> list[int]:
    """@return: sums of days, as they look so many days later."""
    return ([0] * min(days, DAYS) + sums)[:DAYS]


class Daily:
    """Bytes of today and the days before, to services and from them."""

    def __init__(self, today: Callable[[], int]) -> None:
        """@param today: the number of the day."""
        self._today = today
        self._day = today()
        self._in, self._out = [0] * DAYS, [0] * DAYS

    @property
    def day(self) -> int:
        """The number of the day that is the first of L{sums}."""
        self._turn()
        return self._day

    def _turn(self) -> None:
        passed = self._today() - self._day
        if passed > 0:
            self._in, self._out = _later(self._in, passed), _later(self._out, passed)
            self._day += passed

    def add(self, bytesIn: int, bytesOut: int) -> None:
        """So many more today."""
        self._turn()
        self._in[0] += bytesIn
        self._out[0] += bytesOut

    def plus(self, daysIn: list[int], daysOut: list[int]) -> None:
        """So many more on each of the days, today's first."""
        self._turn()
        self._in, self._out = list(map(add, self._in, daysIn)), list(map(add, self._out, daysOut))

    def first(self) -> tuple[int, int]:
        """@return: those of today."""
        self._turn()
        return self._in[0], self._out[0]

    def sums(self) -> tuple[list[int], list[int]]:
        """@return: one for each day, today's first."""
        self._turn()
        return list(self._in), list(self._out)


@frozen(kw_only=True)
class Figures:
    """
    What a L{DailyMeter} shows at one moment, or several together. The names are the same.

    @ivar day: the number of the day that is the first of C{daysIn} and C{daysOut}.
    @cvar guests: none: where several processes are told as one, who is the guest of one is the user of another.
    """

    guests: ClassVar[int] = 0

    day: int
    current: int = 0
    total: int = 0
    bytesIn: int = 0
    bytesOut: int = 0
    daysIn: list[int] = attrs.field(factory=lambda: [0] * DAYS)
    daysOut: list[int] = attrs.field(factory=lambda: [0] * DAYS)

    @property
    def today(self) -> tuple[int, int]:
        return self.daysIn[0], self.daysOut[0]

    @property
    def figures(self) -> Figures:
        return self

    def at(self, day: int) -> Figures:
        """@return: the same, as they look on a day that is no earlier."""
        passed = day - self.day
        if passed <= 0:
            return self
        return attrs.evolve(self, day=day, daysIn=_later(self.daysIn, passed), daysOut=_later(self.daysOut, passed))

    def plus(self, other: Figures) -> Figures:
        """@return: the sum, of the later day."""
        day = max(self.day, other.day)
        one, other = self.at(day), other.at(day)
        return Figures(
            day=day,
            current=one.current + other.current,
            total=one.total + other.total,
            bytesIn=one.bytesIn + other.bytesIn,
            bytesOut=one.bytesOut + other.bytesOut,
            daysIn=list(map(add, one.daysIn, other.daysIn)),
            daysOut=list(map(add, one.daysOut, other.daysOut)),
        )

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Figures:
        """
        @param data: as L{memory} gives it.
        @raise KeyError: it is not that; or TypeError or ValueError.
        """
        day, total, bytesIn, bytesOut = (int(data[name]) for name in ("day", "total", "bytesIn", "bytesOut"))
        daysIn, daysOut = (([*map(int, data[name])] + [0] * DAYS)[:DAYS] for name in ("daysIn", "daysOut"))
        return cls(day=day, total=total, bytesIn=bytesIn, bytesOut=bytesOut, daysIn=daysIn, daysOut=daysOut)

    def memory(self) -> dict[str, object]:
        """@return: what there is to be kept of it, for C{json}."""
        kept = attrs.asdict(self)
        kept["total"] -= kept.pop("current")
        return kept


@define(eq=False)
class DailyMeter(Meter):
    """
    A meter that knows its days, and adds to those of the whole server.

    C{daysIn} and C{daysOut} are the bytes of each of the last L{DAYS} days, today first.
    """

    _days: Daily = attrs.field(kw_only=True)
    _whole: Meter | None = attrs.field(kw_only=True, default=None)

    @property
    def today(self) -> tuple[int, int]:
        """The first of L{daysIn}, and that of L{daysOut}."""
        return self._days.first()

    @property
    def daysIn(self) -> list[int]:
        """From users to services."""
        return self._days.sums()[0]

    @property
    def daysOut(self) -> list[int]:
        """From services to users."""
        return self._days.sums()[1]

    @property
    def day(self) -> int:
        """The number of the day that is the first of L{daysIn}."""
        return self._days.day

    @property
    def figures(self) -> Figures:
        """What it shows now."""
        daysIn, daysOut = self._days.sums()
        return Figures(
            day=self._days.day,
            current=self.current,
            total=self.total,
            bytesIn=self.bytesIn,
            bytesOut=self.bytesOut,
            daysIn=daysIn,
            daysOut=daysOut,
        )

    def memory(self) -> dict[str, object]:
        """As L{Figures.memory}."""
        return self.figures.memory()

    def remember(self, data: Mapping[str, Any]) -> None:
        """
        Add what was kept.

        @raise KeyError: it is not what L{memory} gives; or TypeError or ValueError.
        """
        self.absorb(Figures.read(data))

    def absorb(self, past: Figures) -> None:
        """Add what was carried before, or by a process that is gone."""
        self.total += past.total - past.current
        self.bytesIn += past.bytesIn
        self.bytesOut += past.bytesOut
        past = past.at(self.day)
        self._days.plus(past.daysIn, past.daysOut)

    def opened(self) -> None:
        Meter.opened(self)
        if self._whole is not None:
            self._whole.opened()

    def closed(self, bytesIn: int, bytesOut: int) -> None:
        Meter.closed(self, bytesIn, bytesOut)
        if self._whole is not None:
            self._whole.current -= 1

    def carried(self, bytesIn: int, bytesOut: int) -> None:
        Meter.carried(self, bytesIn, bytesOut)
        self._days.add(bytesIn, bytesOut)
        if self._whole is not None:
            self._whole.carried(bytesIn, bytesOut)
