"""What the proxies of a server have carried: by proxy, by type and in all, also when the client is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.interfaces.flowing import Meter
from frp.values import define
from frp.wire.messages import NewProxy

__all__ = ["DAYS", "DailyMeter", "ProxyRecord", "Statistics"]

#: For how many days sums are kept, and proxies that are gone remembered.
DAYS = 7

_DAY = 24 * 3600
_SWEEP = _DAY / 2


class _Daily:
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
            self._in, self._out = (([0] * min(passed, DAYS) + sums)[:DAYS] for sums in (self._in, self._out))
            self._day += passed

    def add(self, bytesIn: int, bytesOut: int) -> None:
        """So many more today."""
        self._turn()
        self._in[0] += bytesIn
        self._out[0] += bytesOut

    def remember(self, day: int, daysIn: list[int], daysOut: list[int]) -> None:
        """These were the sums on a day, of which this process knows nothing."""
        passed = min(max(self._today() - day, 0), DAYS)
        for sums, known in ((self._in, daysIn), (self._out, daysOut)):
            for age, amount in enumerate(([0] * passed + known)[:DAYS]):
                sums[age] += amount

    def first(self) -> tuple[int, int]:
        """@return: those of today."""
        self._turn()
        return self._in[0], self._out[0]

    def sums(self) -> tuple[list[int], list[int]]:
        """@return: one for each day, today's first."""
        self._turn()
        return list(self._in), list(self._out)


@define(eq=False)
class DailyMeter(Meter):
    """
    A meter that knows its days, and adds to those of the whole server.

    C{daysIn} and C{daysOut} are the bytes of each of the last L{DAYS} days, today first.
    """

    _days: _Daily = attrs.field(kw_only=True)
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

    def memory(self) -> dict[str, object]:
        """@return: what there is to be kept of it, for C{json}."""
        daysIn, daysOut = self._days.sums()
        return {
            "total": self.total - self.current,
            "bytesIn": self.bytesIn,
            "bytesOut": self.bytesOut,
            "day": self._days.day,
            "daysIn": daysIn,
            "daysOut": daysOut,
        }

    def remember(self, data: Mapping[str, Any]) -> None:
        """
        Add what was kept.

        @raise KeyError: it is not what L{memory} gives; or TypeError or ValueError.
        """
        day, daysIn, daysOut = int(data["day"]), list(map(int, data["daysIn"])), list(map(int, data["daysOut"]))
        total, bytesIn, bytesOut = int(data["total"]), int(data["bytesIn"]), int(data["bytesOut"])
        self.total += total
        self.bytesIn += bytesIn
        self.bytesOut += bytesOut
        self._days.remember(day, daysIn, daysOut)

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


@define(eq=False)
class ProxyRecord:
    """
    One proxy, over all the times that a client has brought it.

    @ivar name: with the user's prefix.
    @ivar meter: what it has carried.
    @ivar user: whose client brought it last; @ivar clientID: as that client calls itself, or its run id.
    @ivar message: what the client asked for, or None while the proxy is not there.
    @ivar address: where users reach it, as the client was told.
    @ivar startedAt: when it last came, in seconds since 1970.
    @ivar closedAt: when it last went, 0 if it never did. It stays when the proxy comes back.
    @ivar shown: what somebody who shows the proxy has written of its message and its address, to be found here the next
        time; None when either is new.
    """

    name: str
    type: str
    meter: DailyMeter
    user: str = ""
    clientID: str = ""
    message: NewProxy | None = None
    address: str = ""
    startedAt: float = 0
    closedAt: float = 0
    shown: object = None

    @property
    def online(self) -> bool:
        """Whether a client has it now."""
        return self.message is not None


class Statistics:
    """
    The records of all proxies.

    @ivar whole: what all proxies together have carried.
    @ivar types: how many proxies of each type are there now; types that were there once stay, with 0.
    @ivar refused: how often clients were refused a proxy, by the L{cause<frp.errors.FRPError.cause>}.
    """

    def __init__(self, clock: IReactorTime, *, keep: bool) -> None:
        """
        @param clock: whose C{seconds()} are those since 1970.
        @param keep: whether proxies that are gone are remembered. Where no page shows them it would be for nothing.
        """
        self._clock = clock
        self._keep = keep
        self._records: dict[str, ProxyRecord] = {}
        self._sweptAt = clock.seconds()
        self._today = 0
        self._dayFrom = self._dayUntil = 0.0
        self.whole = self._meter(None)
        self.types: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def _day(self) -> int:
        """Whatever carries bytes asks, and so does each entry of a list of proxies."""
        now = self._clock.seconds()
        if not self._dayFrom <= now < self._dayUntil:
            today = date.fromtimestamp(now)
            self._today = today.toordinal()
            self._dayFrom, self._dayUntil = (
                datetime.combine(one, time()).timestamp() for one in (today, today + timedelta(days=1))
            )
        return self._today

    def _meter(self, whole: Meter | None) -> DailyMeter:
        return DailyMeter(whole=whole, days=_Daily(self._day))

    def meter(self, name: str, kind: str) -> DailyMeter:
        """
        The meter for a proxy that may come: the one it had, unless it was of another type.

        @param name: with the user's prefix.
        """
        known = self._records.get(name)
        return known.meter if known is not None and known.type == kind else self._meter(self.whole)

    def began(self, message: NewProxy, meter: DailyMeter, *, user: str, clientID: str, address: str) -> None:
        """A proxy has been opened."""
        self._sweep()
        name, kind = message.proxy_name, message.proxy_type
        record = self._records.get(name)
        if record is None or record.meter is not meter:
            record = self._records[name] = ProxyRecord(name, kind, meter)
        record.user, record.clientID = user, clientID
        record.message, record.address, record.shown = message, address, None
        record.startedAt = self._clock.seconds()
        self.types[kind] += 1

    def absent(self, name: str, kind: str, *, user: str, clientID: str) -> ProxyRecord:
        """@return: a record, which is not kept, of a proxy that has never been open."""
        return ProxyRecord(name, kind, self._meter(None), user=user, clientID=clientID)

    def ended(self, name: str) -> None:
        """A proxy that L{began} is gone."""
        record = self._records[name]
        record.message = record.shown = None
        record.closedAt = self._clock.seconds()
        self.types[record.type] -= 1
        if not self._keep:
            del self._records[name]

    def memory(self, record: ProxyRecord) -> dict[str, object]:
        """@return: what there is to be kept of a proxy, for C{json}."""
        return {
            "type": record.type,
            "user": record.user,
            "clientID": record.clientID,
            "startedAt": record.startedAt,
            "closedAt": self._clock.seconds() if record.online else record.closedAt,
            "meter": record.meter.memory(),
        }

    def remember(self, name: str | None, data: Mapping[str, Any]) -> None:
        """
        Take in what was kept, before any client comes.

        @param name: of a proxy; None for what L{whole} was.
        @raise KeyError: it is not what L{memory} gives; or TypeError or ValueError.
        """
        if name is None:
            self.whole.remember(data)
            return
        record = ProxyRecord(
            name,
            str(data["type"]),
            self._meter(self.whole),
            user=str(data["user"]),
            clientID=str(data["clientID"]),
            startedAt=float(data["startedAt"]),
            closedAt=float(data["closedAt"]),
        )
        record.meter.remember(data["meter"])
        if self._keep and self._clock.seconds() - record.closedAt < DAYS * _DAY:
            self._records[name] = record

    def records(self) -> list[ProxyRecord]:
        """All of them, by name."""
        return [self._records[name] for name in sorted(self._records)]

    def find(self, name: str) -> ProxyRecord | None:
        """@param name: with the user's prefix."""
        return self._records.get(name)

    def forget(self, seconds: float = 0) -> tuple[int, int]:
        """
        Drop the proxies that have been gone for at least this long.

        @return: how many were dropped, and how many there were.
        """
        before = len(self._records)
        now = self._clock.seconds()
        self._records = {
            name: record for name, record in self._records.items() if record.online or now - record.closedAt < seconds
        }
        return before - len(self._records), before

    def _sweep(self) -> None:
        # There is nothing to drop where nothing new comes; so this needs no timer.
        if self._clock.seconds() - self._sweptAt > _SWEEP:
            self._sweptAt = self._clock.seconds()
            self.forget(DAYS * _DAY)
