"""What the proxies of a server have carried: by proxy, by type and in all, also when the client is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.interfaces.flowing import Meter
from frp.server.meters import DAYS, Daily, DailyMeter, Figures
from frp.values import define
from frp.wire.messages import NewProxy

__all__ = ["ProxyRecord", "Statistics"]

_DAY = 24 * 3600
_SWEEP = _DAY / 2


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
    @ivar node: at which of the workers of one frps it is, or was last; empty where frps is one process.
    @ivar shown: what somebody who shows the proxy has written of its message and its address, to be found here the next
        time; None when either is new.
    """

    name: str
    type: str
    meter: DailyMeter | Figures
    user: str = ""
    clientID: str = ""
    message: NewProxy | None = None
    address: str = ""
    startedAt: float = 0
    closedAt: float = 0
    node: str = ""
    shown: object = None

    @classmethod
    def read(cls, name: str, data: Mapping[str, Any], meter: DailyMeter | Figures, node: str = "") -> ProxyRecord:
        """
        @param data: as L{Statistics.memory} gives it.
        @param meter: what stands there of it.
        @raise KeyError: it is not that; or TypeError or ValueError.
        """
        return cls(
            name,
            str(data["type"]),
            meter,
            user=str(data["user"]),
            clientID=str(data["clientID"]),
            startedAt=float(data["startedAt"]),
            closedAt=float(data["closedAt"]),
            node=node,
        )

    @property
    def online(self) -> bool:
        """Whether a client has it now."""
        return self.message is not None

    def told(self) -> ProxyRecord:
        """@return: it as it is now, for another process."""
        return ProxyRecord(
            self.name,
            self.type,
            self.meter.figures,
            self.user,
            self.clientID,
            self.message,
            self.address,
            self.startedAt,
            self.closedAt,
            self.node,
        )


class _Metered:
    """
    A name, and what was carried under it.

    @ivar mirrored: whether a proxy of another node is open here, whose users come in here as well.
    """

    __slots__ = ("kind", "meter", "mirrored")

    def __init__(self, kind: str, meter: DailyMeter) -> None:
        self.kind = kind
        self.meter = meter
        self.mirrored = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to be told of it."""
        return not (self.mirrored or self.meter.current or any(self.meter.daysIn) or any(self.meter.daysOut))


class Statistics:
    """
    The records of all proxies.

    @ivar node: which of the workers of one frps this is; empty where it is one process.
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
        self.node = ""
        self._records: dict[str, ProxyRecord] = {}
        self._metered: dict[str, _Metered] = {}  # under the names of the records, and of mirrored proxies
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

    @property
    def day(self) -> int:
        """The number of today."""
        return self._day()

    def _meter(self, whole: Meter | None) -> DailyMeter:
        return DailyMeter(whole=whole, days=Daily(self._day))

    def meter(self, name: str, kind: str) -> DailyMeter:
        """
        The meter for a proxy that may come: the one it had, unless it was of another type.

        @param name: with the user's prefix.
        """
        known = self._metered.get(name)
        return known.meter if known is not None and known.kind == kind else self._meter(self.whole)

    def began(self, message: NewProxy, meter: DailyMeter, *, user: str, clientID: str, address: str) -> None:
        """A proxy has been opened."""
        self._sweep()
        name, kind = message.proxy_name, message.proxy_type
        record = self._records.get(name)
        if record is None or record.meter is not meter:
            record = self._records[name] = ProxyRecord(name, kind, meter, node=self.node)
            self._metered[name] = _Metered(kind, meter)
        record.user, record.clientID = user, clientID
        record.message, record.address, record.shown = message, address, None
        record.startedAt = self._clock.seconds()
        self.types[kind] += 1

    def mirrors(self, name: str, kind: str, meter: DailyMeter) -> None:
        """A proxy of another node is open here, too; what users who come here carry is told under its name."""
        known = self._metered.get(name)
        if known is None or known.meter is not meter:
            known = self._metered[name] = _Metered(kind, meter)
        known.mirrored = True

    def mirrored(self, name: str) -> None:
        """It is not any more."""
        known = self._metered.get(name)
        if known is not None:
            known.mirrored = False
            if not self._keep and name not in self._records:
                del self._metered[name]

    def uncounted(self) -> DailyMeter:
        """@return: one that is in no sum."""
        return self._meter(None)

    def absent(self, name: str, kind: str, *, user: str, clientID: str) -> ProxyRecord:
        """@return: a record, which is not kept, of a proxy that has never been open."""
        return ProxyRecord(name, kind, self.uncounted(), user=user, clientID=clientID)

    def ended(self, name: str) -> None:
        """A proxy that L{began} is gone."""
        record = self._records[name]
        record.message = record.shown = None
        record.closedAt = self._clock.seconds()
        self.types[record.type] -= 1
        if not self._keep:
            del self._records[name], self._metered[name]

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
        meter = self._meter(self.whole)
        meter.remember(data["meter"])
        record = ProxyRecord.read(name, data, meter, self.node)
        if not self._keep or self._clock.seconds() - record.closedAt >= DAYS * _DAY:
            return
        self._metered[name] = _Metered(record.type, meter)
        if record.startedAt:  # else it was never open here
            self._records[name] = record

    def absorb(self, records: Iterable[ProxyRecord]) -> None:
        """Add what was carried by a process that is gone, to be told by this one from now on."""
        for one in records:
            own = self._records.get(one.name)
            known = self._metered.get(one.name)
            if known is None or known.kind != one.type:
                if own is not None and (own.online or own.startedAt > one.startedAt):
                    continue  # it has become one of another type
                known, own = _Metered(one.type, self._meter(self.whole)), None
                self._metered[one.name] = known
            known.meter.absorb(one.meter.figures)
            if one.startedAt and (own is None or (not own.online and own.startedAt < one.startedAt)):
                closedAt = self._clock.seconds() if one.online else one.closedAt
                self._records[one.name] = attrs.evolve(
                    one, meter=known.meter, message=None, closedAt=closedAt, shown=None
                )
            self.types[one.type] += 0

    def records(self) -> list[ProxyRecord]:
        """All of them, by name."""
        return [self._records[name] for name in sorted(self._records)]

    def find(self, name: str) -> ProxyRecord | None:
        """@param name: with the user's prefix."""
        return self._records.get(name)

    def live(self, name: str | None = None) -> Iterator[ProxyRecord]:
        """
        @param name: of one proxy; None for all.
        @return: the L{records}, and for mirrored proxies, which never began here, what they have carried, if anything.
        """
        for each in list(self._metered) if name is None else [name]:
            record, known = self._records.get(each), self._metered.get(each)
            if record is not None:
                yield record
            elif known is not None and (known.meter.total or known.meter.bytesIn or known.meter.bytesOut):
                yield ProxyRecord(each, known.kind, known.meter, node=self.node)

    def drop(self, names: Iterable[str]) -> None:
        """Forget those of these names that are away."""
        for name in names:
            record = self._records.get(name)
            if record is None or not record.online:
                self._records.pop(name, None)
                self._metered.pop(name, None)

    def forget(self, seconds: float = 0) -> tuple[int, int]:
        """
        Drop the proxies that have been gone for at least this long.

        @return: how many were dropped, and how many there were.
        """
        before, now = len(self._records), self._clock.seconds()
        self.drop([one.name for one in self.records() if not one.online and now - one.closedAt >= seconds])
        return before - len(self._records), before

    def _sweep(self) -> None:
        # There is nothing to drop where nothing new comes; so this needs no timer.
        if self._clock.seconds() - self._sweptAt > _SWEEP:
            self._sweptAt = self._clock.seconds()
            self.forget(DAYS * _DAY)
            self._metered = {name: one for name, one in self._metered.items() if name in self._records or not one.idle}
