"""Bytes by day."""

from __future__ import annotations

from datetime import date, timedelta

from frp.server.meters import DAYS, DailyMeter, Figures
from frp.values import frozen

__all__ = ["Day", "historyOf"]


@frozen(kw_only=True)
class Day:
    """@ivar date: C{YYYY-MM-DD}."""

    date: str
    trafficIn: int
    trafficOut: int


def historyOf(meter: DailyMeter | Figures, now: float) -> list[Day]:
    """@return: the oldest day first."""
    today, bytesIn, bytesOut = date.fromtimestamp(now), meter.daysIn, meter.daysOut
    return [
        Day(
            date=(today - timedelta(days=age)).isoformat(),
            trafficIn=bytesIn[age],
            trafficOut=bytesOut[age],
        )
        for age in reversed(range(DAYS))
    ]
