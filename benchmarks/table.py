"""Figures of many runs, and what they come to: median, range, ratio; as Markdown and as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Better", "Figure", "Ratio", "Results", "Spread", "compare", "percentile"]


class Better(Enum):
    """Which way is better."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True)
class Figure:
    """
    One line of the table.

    @ivar key: its name on the command line and in JSON, unique.
    """

    key: str
    title: str
    unit: str
    better: Better


@dataclass(frozen=True)
class Spread:
    """What the runs of one figure came to."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """@raise ValueError: there are none."""
        if not values:
            raise ValueError("no run, no spread")
        return cls(min(values), statistics.median(values), max(values))


@dataclass(frozen=True)
class Ratio:
    """
    One pair against another.

    @ivar value: median divided by median.
    @ivar low: the lowest ratio of two runs side by side; with C{high} it tells how far to trust the value.
    """

    value: float
    low: float
    high: float


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Ratio | None:
    """
    The ratio of two lists of runs, in the order in which they were taken.

    @return: C{None} where it means nothing: a list is empty, or something divides by zero.
    """
    beside = list(zip(ours, theirs, strict=False))
    if not beside or not all(theirs) or not statistics.median(theirs):
        return None
    each = [mine / other for mine, other in beside]
    return Ratio(statistics.median(ours) / statistics.median(theirs), min(each), max(each))


def percentile(ordered: Sequence[float], share: float) -> float:
    """
    The value that C{share} of a sorted list does not exceed (nearest rank, no interpolation).

    @raise ValueError: the list is empty.
    """
    if not ordered:
        raise ValueError("no value, no percentile")
    return ordered[max(0, min(len(ordered), -int(-share * len(ordered) // 1)) - 1)]


@dataclass
class Results:
    """
    Everything that was measured.

    @ivar columns: the names of the pairs, in order; the last is what the others are divided by.
    @ivar ceiling: the name of the column without a tunnel.
    @ivar runs: values by figure key and column, in the order of the runs.
    @ivar reasons: why a figure is missing, by figure key and column.
    """

    columns: tuple[str, ...]
    ceiling: str = "direct"
    figures: list[Figure] = field(default_factory=list)
    runs: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, figure: Figure, column: str, value: float) -> None:
        self._know(figure)
        self.runs.setdefault((figure.key, column), []).append(value)

    def miss(self, figure: Figure, column: str, reason: str) -> None:
        self._know(figure)
        self.reasons[figure.key, column] = reason

    def _know(self, figure: Figure) -> None:
        if figure not in self.figures:
            self.figures.append(figure)

    def markdown(self) -> str:
        """The table, then a line for each figure that is missing."""
        base = self.columns[-1]
        others = self.columns[:-1]
        head = ["row", "unit", "better", self.ceiling, *self.columns, *(f"{name} / {base}" for name in others)]
        lines = [_line(head), _line(["---"] * 3 + ["---:"] * (len(head) - 3))]
        for figure in self.figures:
            cells = [figure.title, figure.unit, figure.better.value]
            cells += [self._cell(figure, column) for column in (self.ceiling, *self.columns)]
            cells += [self._ratioCell(figure, column, base) for column in others]
            lines.append(_line(cells))
        told: dict[tuple[str, str], list[str]] = {}
        for (key, column), reason in self.reasons.items():
            told.setdefault((column, reason), []).append(key)
        notes = [f"- {column}, {', '.join(keys)}: {reason}" for (column, reason), keys in told.items()]
        return "\n".join([*lines, *(["", "Missing or incomplete:", "", *notes] if notes else [])])

    def _cell(self, figure: Figure, column: str) -> str:
        values = self.runs.get((figure.key, column))
        if not values:
            return "missing" if (figure.key, column) in self.reasons else ""
        spread = Spread.of(values)
        return f"{_short(spread.median)} ({_short(spread.low)}..{_short(spread.high)})"

    def _ratioCell(self, figure: Figure, column: str, base: str) -> str:
        ratio = compare(self.runs.get((figure.key, column), []), self.runs.get((figure.key, base), []))
        return "" if ratio is None else f"**{ratio.value:.2f}** ({ratio.low:.2f}..{ratio.high:.2f})"

    def data(self) -> list[Mapping[str, object]]:
        """The same for programs: every run, and what it comes to."""
        base = self.columns[-1]
        found: list[Mapping[str, object]] = []
        for figure in self.figures:
            columns: dict[str, object] = {}
            for column in (self.ceiling, *self.columns):
                values = self.runs.get((figure.key, column), [])
                entry: dict[str, object] = {"runs": values}
                if values:
                    spread = Spread.of(values)
                    entry |= {"min": spread.low, "median": spread.median, "max": spread.high}
                ratio = compare(values, self.runs.get((figure.key, base), []))
                if ratio is not None and column in self.columns[:-1]:
                    entry["ratio"] = ratio.value
                if (figure.key, column) in self.reasons:
                    entry["missing"] = self.reasons[figure.key, column]
                columns[column] = entry
            found.append(
                {
                    "key": figure.key,
                    "title": figure.title,
                    "unit": figure.unit,
                    "better": figure.better.value,
                    "columns": columns,
                }
            )
        return found


def _short(value: float) -> str:
    """Three significant digits; whole numbers from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
