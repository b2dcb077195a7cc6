"""Bytes by day."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from frp.server.statistics import DAYS, DailyMeter

__all__ = ["Day", "historyOf"]


@attrs.frozen(kw_only=True)
class Day:
    """@ivar date: C{YYYY-MM-DD}."""

    date: str
    trafficIn: int
    trafficOut: int


def historyOf(meter: DailyMeter, now: float) -> list[Day]:
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
