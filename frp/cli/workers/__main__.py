"""C{python -m frp.cli.workers}: what the parent of workers starts, and nobody else."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from frp.cli.entry import begin

__all__ = ["main"]


def main() -> None:
    # A terminal sends its signals to the parent as well, which says what is to become of them.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    begin()
    from twisted.internet.protocol import Factory

    from frp.cli.files import registry
    from frp.cli.run import Process, ownReactor
    from frp.cli.workers.assignment import CONNECTION, receive
    from frp.cli.workers.worker import WorkerLine, WorkerProgram

    with socket.socket(fileno=CONNECTION) as connection:
        try:
            assignment = receive(connection)
        except EOFError:
            sys.exit(1)  # the parent has no use for it, and says why; or it is gone
        kinds = registry({"plugin": list(assignment.plugins)})
        process = Process(ownReactor(), watch=_watch)
        line = WorkerLine(assignment.node)
        line.program = program = WorkerProgram(process.reactor, assignment, kinds, line, process.end)
        connection.setblocking(False)
        factory: Factory = Factory.forProtocol(lambda: line)
        factory.noisy = False
        reactor: Any = process.reactor
        reactor.adoptStreamConnection(connection.fileno(), socket.AF_UNIX, factory)
    sys.exit(process.serve(program))


def _watch(number: int, act: Callable[[int, FrameType | None], object] | signal.Handlers) -> object:
    """One signal is its own; the others stay as they are."""
    return signal.signal(number, act) if number == signal.SIGTERM else None


if __name__ == "__main__":
    main()
