"""
C{python -m frp.test.interop.matrix}: every pairing of our programs and the reference's, over every transport, with and
without TLS and multiplexing, in both versions of the wire. Each carries streams, datagrams and requests, and what comes
back is compared with what was sent.

The exit code is 0 if all that could be run came through, 1 if something did not, and 2 if nothing was run.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from subprocess import SubprocessError

from attrs import frozen

from frp.test.interop.cells import AXES, Cell, Selection, cells, version
from frp.test.interop.loads import carry
from frp.test.interop.programs import REFERENCE
from frp.test.interop.stage import Stage

__all__ = ["Outcome", "main", "run"]

#: How many lines of each program's log are shown where something failed.
_SHOWN = 15


@frozen
class Outcome:
    """
    What became of a cell.

    @ivar word: C{ok}, C{FAILED} or C{not run}.
    @ivar reason: why it was not run, or what failed.
    @ivar seconds: how long it took.
    @ivar log: what its programs said last, where it failed.
    """

    cell: Cell
    word: str
    reason: str = ""
    seconds: float = 0
    log: tuple[str, ...] = ()


def run(cell: Cell, reference: str) -> Outcome:
    """
    @param reference: the folder of the reference's programs.
    @return: what became of it; nothing is raised.
    """
    if cell.reason:
        return Outcome(cell, "not run", cell.reason)
    began = time.monotonic()
    with Stage(cell.pairing, reference) as stage:
        try:
            carry(stage)
        except (AssertionError, OSError, HTTPException) as error:
            reason = (str(error) or type(error).__name__).partition("\n")[0]
            log = [f"{program.who}: {line}" for program in stage.programs for line in program.lines[-_SHOWN:]]
            return Outcome(cell, "FAILED", reason, time.monotonic() - began, tuple(log))
        return Outcome(cell, "ok", "", time.monotonic() - began)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m frp.test.interop.matrix",
        description="Run our frps and frpc with the reference's, and with each other, in every way that both know.",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="AXIS=VALUE,...",
        help="; ".join(f"{name}={'|'.join(axis)}" for name, axis in AXES.items()),
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many cells are run at once (1)")
    parser.add_argument(
        "--reference",
        default=REFERENCE,
        metavar="FOLDER",
        help="the reference's frps and frpc, of any release from 0.61 on (FRP_REFERENCE_BIN)",
    )
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("nothing can be run with no job")
    return options


def _row(words: Iterable[str], *rest: str) -> str:
    widths = (7, 7, 10, 4, 4, 5)
    return "".join(f"{word:{width}}" for word, width in zip(words, widths, strict=True)) + "  ".join(rest)


def _shown(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Print each as it comes."""
    print(_row(AXES, " took", "outcome"))
    for outcome in outcomes:
        took = f"{outcome.seconds:5.1f}" if outcome.seconds else "    -"
        print(_row(outcome.cell.words, took, ": ".join(filter(None, (outcome.word, outcome.reason)))), flush=True)
        yield outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run and print.

    @return: the exit code.
    """
    options = _parse(arguments)
    try:
        selection = Selection(options.only)
        release = version(options.reference)
    except (OSError, SubprocessError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    wanted = [cell for cell in cells(release) if selection.wants(cell)]
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(_shown(pool.map(lambda cell: run(cell, options.reference), wanted)))
    for outcome in outcomes:
        if outcome.log:
            print("", outcome.cell.pairing, *outcome.log, sep="\n")
    counted = Counter(outcome.word for outcome in outcomes)
    words = ", ".join(f"{counted[word]} {word}" for word in ("ok", "FAILED", "not run"))
    print(f"\n{words}, of {len(outcomes)}, in {time.monotonic() - began:.0f} s")
    if not counted["ok"] + counted["FAILED"]:
        return 2
    return 1 if counted["FAILED"] else 0


if __name__ == "__main__":
    # Whatever ends us, ends our children on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda which, _: sys.exit(128 + which))
    sys.exit(main())
