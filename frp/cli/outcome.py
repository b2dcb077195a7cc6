"""How a start under C{twistd} went, for all who wait to hear it."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

__all__ = ["Outcome"]

_VANISHED = "the daemon has ended before its start was over; its log may say why"


class Outcome:
    """
    Tells whoever reads standard error why a start failed, the parent of a daemon whether it did, and the shell the exit
    code.

    C{twistd} calls a start done when C{startService} has returned, puts its log in the place of standard error, and
    leaves with 0 in any case. So this has a descriptor of its own, and leaves by itself, when C{twistd} has taken its
    PID file away. The parent of a daemon waits here, from the fork on: C{twistd} would wait for ever for one that was
    killed, because the parent itself keeps open what the daemon writes to.
    """

    def __init__(self, options: Mapping[str, object] | None) -> None:
        """
        To be made while standard error is still that of whoever started us, and before C{twistd} forks.

        @param options: those of C{twistd} itself.
        """
        self._code = 0
        self._stderr = self._heard = self._told = -1
        with suppress(OSError):
            self._stderr = os.dup(2)
        atexit.register(self._leave)
        if options is not None and not options.get("nodaemon", True):
            self._heard, self._told = os.pipe()
            os.register_at_fork(after_in_parent=self._wait, after_in_child=self._begin)

    def say(self, text: str) -> None:
        """Write a line to standard error, until the start has come to its end."""
        if self._stderr >= 0:
            with suppress(OSError):
                os.write(self._stderr, f"{text}\n".encode("utf-8", "backslashreplace"))

    def succeeded(self) -> None:
        """The start has come to its end: a daemon's parent may go, and nobody's terminal is kept open."""
        self._report(0)
        if self._stderr >= 0:
            os.close(self._stderr)
            self._stderr = -1

    def leave(self, code: int) -> None:
        """The process is about to end, with this exit code."""
        self._code = code

    def _wait(self) -> None:
        """The parent of the first fork leaves as the daemon says; whoever is forked from has nothing to wait for."""
        if self._heard < 0:
            return
        os.close(self._told)
        try:
            outcome = os.read(self._heard, 1)
        except KeyboardInterrupt:
            outcome = b"\x82"  # as a command that was interrupted
        if not outcome:
            self.say(_VANISHED)
        _exit(outcome[0] if outcome else 1)

    def _begin(self) -> None:
        heard, self._heard = self._heard, -1
        if heard >= 0:
            os.close(heard)

    def _report(self, code: int) -> None:
        told, self._told = self._told, -1
        if told >= 0:
            with suppress(OSError):
                os.write(told, bytes([code]))
            os.close(told)

    def _leave(self) -> None:
        if self._code:
            self._report(self._code)
            _exit(self._code)


def _exit(code: int) -> None:
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
