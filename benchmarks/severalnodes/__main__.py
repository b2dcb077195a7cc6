"""C{python -m benchmarks.severalnodes}: measure several frps that serve one set of tunnels, and print the table."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.machine import ForeignLoad, describe
from benchmarks.peers import REFERENCE, Implementation
from benchmarks.severalnodes.claims import claims
from benchmarks.severalnodes.killed import killed
from benchmarks.severalnodes.moved import moved
from benchmarks.severalnodes.nodes import redisCommand
from benchmarks.severalnodes.othernode import otherNode
from benchmarks.severalnodes.trial import Line, Trial
from benchmarks.severalnodes.workers import workers
from benchmarks.standing import addNamespace, standing

__all__ = ["ROWS", "main"]

#: What is measured, by name.
ROWS: dict[str, Callable[[Trial], Iterator[Line]]] = {
    "other-node": otherNode,
    "killed": killed,
    "moved": moved,
    "claims": claims,
    "workers": workers,
}

_WITHOUT_REDIS = {"workers"}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.severalnodes",
        description="Measure several frps that serve one set of tunnels, on this machine. It needs redis-server.",
        epilog=f"frpc is the reference's where {REFERENCE} names the folder of it, else ours.",
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"which rows: {', '.join(ROWS)} (all)")
    parser.add_argument("--runs", type=int, default=9, metavar="N", help="how often what is compared is measured (9)")
    parser.add_argument("--seconds", type=float, default=1.5, metavar="S", help="how long one measurement looks (1.5)")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="how often a node is killed (20)")
    parser.add_argument("--clients", type=int, default=1500, metavar="N", help="how many are moved (1500)")
    parser.add_argument("--claims", type=int, default=10_000, metavar="N", help="how many things are claimed (10000)")
    addNamespace(parser)
    options = parser.parse_args(arguments)
    for row in options.rows:
        if row not in ROWS:
            parser.error(f"no row is called {row}; there are {', '.join(ROWS)}")
    if min(options.runs, options.kills, options.clients, options.claims // 10) < 1 or options.seconds <= 0:
        parser.error("there is nothing to measure in no run or no time")
    return options


def _makes() -> tuple[Implementation, Implementation]:
    """
    @return: ours, and whose frpc is used.
    @raise ValueError: the reference is named, and is not there.
    """
    ours = Implementation.ours()
    if REFERENCE not in os.environ:
        return ours, ours
    return ours, Implementation.inFolder("go", Path(os.environ[REFERENCE]))


def _measured(rows: Sequence[str], trial: Trial) -> Iterator[Line]:
    """What each row gives; of one that fails, why."""
    for row in rows:
        print(f"{row} ", end="", file=sys.stderr, flush=True)
        try:
            yield from ROWS[row](trial)
        except (OSError, RuntimeError) as error:
            yield Line.missing(row, str(error))
    print(file=sys.stderr)


def _take(options: argparse.Namespace) -> tuple[dict[str, str], list[Line]]:
    """
    @return: what it was measured on, and the table.
    @raise RuntimeError: the bench's own services do not start.
    @raise ValueError: the reference, or Redis, is not there.
    """
    ours, client = _makes()
    rows = options.rows or list(ROWS)
    if not redisCommand() and set(rows) - _WITHOUT_REDIS:
        raise ValueError("redis-server is not installed")
    foreign = ForeignLoad()
    began = time.monotonic()
    with standing(options.namespace) as ground:
        makes = {one.name: one for one in (ours, client)}
        machine = describe(list(makes.values()), ground.network, ground.services.webServer)
        trial = Trial(
            ground, ours, client, options.runs, options.seconds, options.kills, options.clients, options.claims
        )
        lines = list(_measured(rows, trial))
    minutes = (time.monotonic() - began) / 60
    machine["runs"] = f"{options.runs} of {options.seconds:g} s each, {minutes:.1f} minutes in all"
    machine["other programs meanwhile"] = f"{foreign.share():.0%} of the processors"
    return machine, lines


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Measure and print.

    @return: 0 if every figure was taken, 1 if one is missing, 2 if nothing could be measured.
    """
    options = _parse(arguments)
    try:
        machine, lines = _take(options)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"the bench itself failed: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    print("\n".join(f"- {name}: {value}" for name, value in machine.items()), end="\n\n")
    print("| figure | measured | asked |\n| --- | --- | --- |")
    print("\n".join(line.markdown() for line in lines))
    return 1 if any(line.isMissing for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
