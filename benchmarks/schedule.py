"""The order of things: the pairs take turns, run by run, so that whatever else the machine does falls on all alike."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import ForeignLoad
from benchmarks.measures import Bench
from benchmarks.peers import Pair, Tunnel
from benchmarks.row import Row
from benchmarks.settings import Setting
from benchmarks.table import Results
from benchmarks.targets import Direct

__all__ = ["Schedule"]

_QUIET = 0.05


class Schedule:
    """
    Runs of the whole table, or of a part of it.

    @ivar taken: how many measurements were kept.
    @ivar disturbed: how many of these were taken while others used much of the machine.
    """

    def __init__(self, bench: Bench, pairs: Sequence[Pair], patience: int, folder: Path) -> None:
        self.results = Results(tuple(pair.name for pair in pairs))
        self.taken = self.disturbed = 0
        self._bench = bench
        self._patience = patience
        self._pairs = pairs
        self._folder = folder
        self._serial = itertools.count()
        self._setting: Setting | None = None
        self._tunnels: dict[str, Tunnel] = {}

    def run(self, rows: Sequence[Row]) -> None:
        """
        Measure every row once: without a tunnel, then each pair.

        Each run has processes of its own, so that the luck of one process is not taken for the speed of its program;
        and a row's runs lie minutes apart, so that one busy minute of the machine does not decide a row.
        """
        for row in rows:
            print(f"{row.key} ", end="", file=sys.stderr, flush=True)
            reason = row.missing()
            if reason:
                self._miss(row, self.results.ceiling, reason)
                continue
            self._direct(row)
            for pair in self._pairs:
                self._pair(row, pair)
        self.close()
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
        if row.setting is not self._setting:
            self.close()
            self._setting = row.setting
        try:
            self._add(row, pair.name, self._quietest(row, pair))
        except (OSError, RuntimeError) as error:
            self._miss(row, pair.name, str(error))
            self._drop(pair.name)
        if row.fresh:
            self._drop(pair.name)

    def _quietest(self, row: Row, pair: Pair) -> Sequence[float]:
        """
        Measure; and again, while others take too much of the machine and patience lasts.

        @return: the values beside which others did least. What is kept does not depend on the values themselves.
        """
        least, kept = math.inf, tuple[float, ...]()
        for _ in range(1 + self._patience):
            if row.fresh:
                self._drop(pair.name)
            foreign = ForeignLoad()
            tunnel = self._tunnels.get(pair.name) or self._start(pair, row)
            values = row.measure(self._bench, tunnel)
            share = foreign.share()
            if share < least:
                least, kept = share, tuple(values)
            if share <= _QUIET:
                break
        self.taken += 1
        self.disturbed += least > _QUIET
        return kept

    def _start(self, pair: Pair, row: Row) -> Tunnel:
        """A second try, because a port that the kernel called free may be taken before frps has it."""
        for attempt in range(2):
            folder = self._folder / f"{next(self._serial)}-{row.setting.name}"
            tunnel = row.tunnel(pair, row.setting, folder, self._bench.services)
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
        self._setting = None
