"""A program in a running reactor, whoever runs that: what it hears from outside, and who hears of it."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from frp.cli.hangup import Hangup

if TYPE_CHECKING:
    from frp.cli.hangup import Watch
    from frp.cli.program import Program
    from frp.cli.servicemanager import ServiceManager
    from frp.interfaces import IReactor

__all__ = ["Lifetime", "serviceManager"]


class Lifetime:
    """
    From the start of a program to its end. SIGHUP makes it read its configuration again; the service manager is told
    when it is ready, when it reads, and when its end has begun.
    """

    def __init__(
        self,
        reactor: IReactor,
        program: Program,
        leave: Callable[[int], object],
        manager: ServiceManager | None,
        *,
        watch: Watch = signal.signal,
    ) -> None:
        """
        @param leave: ends this process in good order, with an exit code; L{end} is called then.
        @param manager: what has started this process, if it wants to hear of it.
        @param watch: sets what a signal does.
        """
        self._reactor = reactor
        self._program = program
        self._leave = leave
        self._manager = manager
        self._watch = watch
        self._ending = False

    def begin(self) -> None:
        """Start it, in the running reactor."""
        Hangup(self._reactor, self._reload, lambda: self._leave(0), watch=self._watch)
        self._program.started.addCallback(self._started)
        self._program.ended.addCallback(self._leave)
        self._program.startService()

    def end(self) -> Awaitable[object]:
        """Stop it."""
        self._ending = True
        # What there is goes with the process: spare the collector from looking at it on the way.
        gc.freeze()
        if self._manager is not None:
            self._manager.stopping()
        return self._program.stopService()

    def _started(self, status: str) -> None:
        _settled()
        self._ready(status)

    def _ready(self, status: str = "") -> None:
        if self._manager is not None and not self._ending:
            self._manager.ready(status)

    async def _reload(self) -> None:
        if self._manager is None or not self._program.started.called:
            await self._program.reload()
            return
        self._manager.reloading()
        try:
            await self._program.reload()
        finally:
            self._ready()


def serviceManager(reactor: IReactor) -> ServiceManager | None:
    """@return: the one that has started this process, if it wants to hear of it."""
    if "NOTIFY_SOCKET" not in os.environ:
        return None
    from frp.cli.servicemanager import managerOf

    return managerOf(reactor, os.environ)


def _settled() -> None:
    """
    What was made until now stays: spare the collector from looking at it again, and let it come less often, because
    what a busy tunnel makes lives either a moment or as long as its connection.
    """
    gc.freeze()
    gc.set_threshold(5_000, 4, 1_000)
    gc.enable()
    # A thread that computes, such as one that reads a configuration again, gives way to users so soon (seconds).
    sys.setswitchinterval(0.0005)
