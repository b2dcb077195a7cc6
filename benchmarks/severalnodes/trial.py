"""What a row of the table is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.peers import Implementation
from benchmarks.standing import Ground
from benchmarks.table import Spread, compare

__all__ = ["Line", "Trial", "compared", "inTurn"]


T = TypeVar("T")


@dataclass(frozen=True)
class Trial:
    """
    @ivar client: whose frpc is used where any will do.
    @ivar runs: how often what is compared is measured, in turn; C{seconds} is how long each looks.
    @ivar kills: how often a node is killed.
    @ivar clients: how many are led to another node.
    @ivar claims: how many things are claimed.
    """

    ground: Ground
    ours: Implementation
    client: Implementation
    runs: int
    seconds: float
    kills: int
    clients: int
    claims: int


@dataclass(frozen=True)
class Line:
    """
    One of the table.

    @ivar asked: what the figure should be; empty where nobody asks.
    @ivar isMissing: it is none, but why there is none.
    """

    figure: str
    measured: str
    asked: str = ""
    isMissing: bool = False

    @classmethod
    def missing(cls, row: str, why: str) -> Line:
        """In place of those of a row that could not be measured."""
        return cls(row, f"missing: {' '.join(why.split())}", isMissing=True)

    def markdown(self) -> str:
        return f"| {self.figure} | {self.measured} | {self.asked} |"


def inTurn(
    runs: int, measures: Mapping[str, Callable[[T], float]], one: T, other: T
) -> dict[str, tuple[list[float], list[float]]]:
    """
    Measure so often on one thing and on another, in turn, so that whatever else the machine does falls on both.

    @return: the values of each, by what was measured.
    """
    taken: dict[str, tuple[list[float], list[float]]] = {figure: ([], []) for figure in measures}
    for _ in range(runs):
        for figure, measure in measures.items():
            for on, values in zip((one, other), taken[figure], strict=True):
                values.append(measure(on))
    return taken


def compared(figures: list[float], base: list[float]) -> str:
    """
    @return: for the table: the median of each, and their ratio.
    @raise RuntimeError: there are none, or something would be divided by nought.
    """
    ratio = compare(figures, base)
    if ratio is None:
        raise RuntimeError("there is nothing to compare")
    medians = f"{Spread.of(figures).median:.4g} / {Spread.of(base).median:.4g}"
    return f"{medians}: **{ratio.value:.2f}** ({ratio.low:.2f}..{ratio.high:.2f})"
