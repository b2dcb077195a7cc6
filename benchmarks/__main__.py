"""C{python -m benchmarks}: measure, and print the table."""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import ForeignLoad, describe
from benchmarks.measures import Bench
from benchmarks.peers import REFERENCE, Implementation, Pair
from benchmarks.row import Row
from benchmarks.rows import ROWS
from benchmarks.schedule import Schedule
from benchmarks.standing import addNamespace, standing
from benchmarks.table import Results

__all__ = ["main"]

_LEGEND = "A cell is the median of the runs (lowest..highest); a ratio is that of the medians (of runs side by side)."


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure pairs of frps and frpc beside each other, on this machine, in one run.",
        epilog=f"'ours' is this project; 'go' is the reference, whose folder {REFERENCE} names.",
    )
    parser.add_argument("--rows", default="*", help="which rows, by name or pattern, separated by commas")
    parser.add_argument("--list", action="store_true", help="list the rows and end")
    parser.add_argument("--runs", type=int, default=9, metavar="N", help="how often each pair is measured (9)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S", help="how long one measurement looks (0.5)")
    parser.add_argument(
        "--patience", type=int, default=2, metavar="N", help="how often to repeat what other programs disturbed (2)"
    )
    parser.add_argument("--quick", action="store_true", help="in under three minutes, coarsely, without long rows")
    parser.add_argument(
        "--pairs", default="ours+ours,go+go", help="frps+frpc pairs; the last is what the others are divided by"
    )
    parser.add_argument(
        "--bin", action="append", default=[], metavar="NAME=FOLDER", help="a further make of frps and frpc"
    )
    addNamespace(parser)
    parser.add_argument("--json", metavar="FILE", help="write every run there, too; - for standard output, alone")
    options = parser.parse_args(arguments)
    if options.quick:
        options.runs, options.seconds, options.patience = 3, 0.3, 0
    if options.runs < 1 or options.seconds <= 0:
        parser.error("there is nothing to measure in no run or no time")
    return options


def _chooseRows(patterns: str, quick: bool) -> list[Row]:
    """@raise ValueError: a pattern that names no row."""
    chosen: list[Row] = []
    for pattern in patterns.split(","):
        found = [row for row in ROWS if fnmatch.fnmatch(row.key, pattern.strip())]
        if not found:
            raise ValueError(f"no row is called {pattern}; there are {', '.join(row.key for row in ROWS)}")
        chosen += found
    return [row for row in ROWS if row in chosen and not (quick and row.long)]


def _choosePairs(names: str, folders: Sequence[str]) -> list[Pair]:
    """@raise ValueError: a make that is not known, is not there, or does not run."""
    places: dict[str, str] = {}
    for entry in folders:
        name, equals, folder = entry.partition("=")
        if not equals:
            raise ValueError(f"--bin wants NAME=FOLDER, not {entry}")
        places[name] = folder
    if REFERENCE in os.environ:
        places.setdefault("go", os.environ[REFERENCE])
    known: dict[str, Implementation] = {}

    def make(name: str) -> Implementation:
        if name not in known:
            if name in places:
                known[name] = Implementation.inFolder(name, Path(places[name]))
            elif name == "ours":
                known[name] = Implementation.ours()
            elif name == "go":
                raise ValueError(f"go: name the folder of the reference's frps and frpc in {REFERENCE}")
            else:
                raise ValueError(f"{name}: say where its frps and frpc are with --bin {name}=FOLDER")
            known[name].version()
        return known[name]

    pairs: list[Pair] = []
    for pair in names.split(","):
        server, plus, client = pair.strip().partition("+")
        if not plus:
            raise ValueError(f"a pair is frps+frpc, such as ours+go, not {pair}")
        pairs.append(Pair(make(server), make(client)))
    if len({pair.name for pair in pairs}) < len(pairs):
        raise ValueError("a pair stands there twice")
    return pairs


def _measure(options: argparse.Namespace, pairs: list[Pair], rows: list[Row]) -> tuple[dict[str, str], Results]:
    """
    Everything that runs is started and ended here.

    @return: what it was measured on, and the figures.
    @raise RuntimeError: the bench's own services do not start.
    """
    foreign = ForeignLoad()
    with standing(options.namespace) as ground:
        schedule = Schedule(Bench(ground.services, options.seconds), pairs, options.patience, ground.folder)
        with contextlib.closing(schedule):
            makes = {one.name: one for pair in pairs for one in (pair.server, pair.client)}
            machine = describe(list(makes.values()), ground.network, ground.services.webServer)
            began = time.monotonic()
            for number in range(options.runs):
                print(f"run {number + 1} of {options.runs}: ", end="", file=sys.stderr)
                schedule.run(rows)
    lasted = time.monotonic() - began
    machine["runs"] = f"{options.runs} of {options.seconds:g} s each, {lasted / 60:.1f} minutes in all"
    machine["other programs meanwhile"] = (
        f"{foreign.share():.0%} of the processors; {schedule.disturbed} of {schedule.taken} measurements disturbed"
    )
    return machine, schedule.results


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Measure and print.

    @return: 0 if every figure was taken, 1 if one is missing, 2 if nothing could be measured.
    """
    options = _parse(arguments)
    if options.list:
        for row in ROWS:
            print(f"{row.key:18} {'; '.join(figure.title for figure in row.figures)}")
        return 0
    try:
        pairs = _choosePairs(options.pairs, options.bin)
        rows = _chooseRows(options.rows, options.quick)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        machine, results = _measure(options, pairs, rows)
    except (OSError, RuntimeError) as error:
        print(f"the bench itself failed: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    if options.json:
        text = json.dumps({"machine": machine, "figures": results.data()}, indent=2) + "\n"
        if options.json == "-":
            print(text, end="")
        else:
            Path(options.json).write_text(text)
    if options.json != "-":
        print("\n".join(f"- {name}: {value}" for name, value in machine.items()), end="\n\n")
        print(_LEGEND, end="\n\n")
        print(results.markdown())
    return 1 if results.reasons else 0


if __name__ == "__main__":
    sys.exit(main())
