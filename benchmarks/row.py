"""A row of the table, and the figures that several have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.measures import Bench
from benchmarks.peers import Tunnel
from benchmarks.settings import Setting
from benchmarks.table import Better, Figure
from benchmarks.targets import Direct

__all__ = ["Row", "cost", "ways"]


@dataclass(frozen=True)
class Row:
    """
    Figures that come of one measurement.

    @ivar measure: returns a value for each figure, in order.
    @ivar direct: the same without a tunnel, where that tells something; not a number for what only a tunnel has.
    @ivar fresh: whether each run needs a pair that has done nothing yet; else one pair serves all rows of a setting.
    @ivar long: it takes half a minute and more: left out where there is little time.
    @ivar missing: says why it cannot be measured here, or nothing.
    @ivar tunnel: how a pair is put to work.
    """

    key: str
    figures: tuple[Figure, ...]
    setting: Setting
    measure: Callable[[Bench, Tunnel], Sequence[float]]
    direct: Callable[[Bench, Direct], Sequence[float]] | None = None
    fresh: bool = False
    long: bool = False
    missing: Callable[[], str] = lambda: ""
    tunnel: type[Tunnel] = Tunnel


def ways(key: str, title: str) -> tuple[Figure, Figure]:
    """What L{bothWays<benchmarks.measures.bothWays>} gives; with its cost, C{cost} follows."""
    return (
        Figure(f"{key}-up", f"{title}, user to service", "MB/s", Better.MORE),
        Figure(f"{key}-down", f"{title}, service to user", "MB/s", Better.MORE),
    )


def cost(key: str, title: str, of: str = "frps + frpc") -> tuple[Figure, Figure]:
    """@param of: whose time it is."""
    return (
        Figure(f"{key}-cpu-up", f"CPU of {of}, {title}, user to service", "s/GB", Better.LESS),
        Figure(f"{key}-cpu-down", f"CPU of {of}, {title}, service to user", "s/GB", Better.LESS),
    )
