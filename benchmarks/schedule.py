"""
The order of things: the pairs take turns, run by run, so that whatever else the machine does falls on all alike.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import Direct, Pair, Setting, Tunnel
from benchmarks.rows import Bench, Row
from benchmarks.table import Results

__all__ = ["Schedule"]


class Schedule:
    """One run of the whole table, or of a part of it."""

    def __init__(self, bench: Bench, pairs: Sequence[Pair], runs: int, folder: Path) -> None:
        self.results = Results(tuple(pair.name for pair in pairs))
        self._bench = bench
        self._pairs = pairs
        self._runs = runs
        self._folder = folder
        self._serial = itertools.count()
        self._setting: Setting | None = None
        self._tunnels: dict[str, Tunnel] = {}

    def take(self, row: Row) -> None:
        """Measure a row: without a tunnel, then each pair, and again, as often as there are runs."""
        print(f"{row.key} ", end="", file=sys.stderr, flush=True)
        reason = row.missing()
        for _ in range(0 if reason else self._runs):
            self._direct(row)
            for pair in self._pairs:
                self._pair(row, pair)
            print(".", end="", file=sys.stderr, flush=True)
        if reason:
            self._miss(row, self.results.ceiling, reason)
        print(file=sys.stderr)

    def _direct(self, row: Row) -> None:
        column = self.results.ceiling
        if row.direct is None or self._failed(row, column):
            return
        target = Direct({proxy.name: proxy.service for proxy in row.setting.proxies}, self._bench.services.ports)
        try:
            self._add(row, column, row.direct(self._bench, target))
        except (OSError, RuntimeError) as error:
            self._miss(row, column, str(error))

    def _pair(self, row: Row, pair: Pair) -> None:
        if self._failed(row, pair.name):
            return
        if row.fresh or row.setting is not self._setting:
            self.close()
            self._setting = row.setting
        try:
            tunnel = self._tunnels.get(pair.name)
            if tunnel is None:
                tunnel = self._start(pair, row.setting)
            self._add(row, pair.name, row.measure(self._bench, tunnel))
        except (OSError, RuntimeError) as error:
            self._miss(row, pair.name, str(error))
            self._drop(pair.name)

    def _start(self, pair: Pair, setting: Setting) -> Tunnel:
        """A second try, because a port that the kernel called free may be taken before frps has it."""
        for attempt in range(2):
            folder = self._folder / f"{next(self._serial)}-{setting.name}"
            tunnel = Tunnel(pair, setting, folder, self._bench.services.ports)
            try:
                tunnel.start()
            except RuntimeError:
                if attempt:
                    raise
                continue
            break
        self._tunnels[pair.name] = tunnel
        return tunnel

    def _failed(self, row: Row, column: str) -> bool:
        return (row.figures[0].key, column) in self.results.reasons

    def _add(self, row: Row, column: str, values: Sequence[float]) -> None:
        for figure, value in zip(row.figures, values, strict=True):
            if not math.isnan(value):
                self.results.add(figure, column, value)

    def _miss(self, row: Row, column: str, reason: str) -> None:
        print(f"[{column}: {reason}]", end="", file=sys.stderr, flush=True)
        for figure in row.figures:
            self.results.miss(figure, column, reason)

    def _drop(self, name: str) -> None:
        tunnel = self._tunnels.pop(name, None)
        if tunnel is not None:
            tunnel.stop()

    def close(self) -> None:
        """End every tunnel."""
        for name in list(self._tunnels):
            self._drop(name)
