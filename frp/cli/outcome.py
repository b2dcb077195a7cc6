"""How a start under C{twistd} went, for all who wait to hear it."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress

__all__ = ["Outcome"]

#: What the parent of a daemon makes its exit code of. It prints the rest of a failure behind "An error has occurred".
_SUCCEEDED = b"0"
_FAILED = b"1 the start has failed"

#: Under this name C{twistd} keeps the pipe on which the parent of a daemon waits.
_PIPE = "statusPipe"


class Outcome:
    """
    Tells whoever reads standard error why a start failed, the parent of a daemon whether it did, and the shell the exit
    code.

    C{twistd} calls a start done when C{startService} has returned, puts its log in the place of standard error, and
    leaves with 0 in any case. So this has a descriptor of its own, takes the pipe over, and leaves by itself, when
    C{twistd} has taken its PID file away.
    """

    def __init__(self, options: MutableMapping[str, object] | None) -> None:
        """
        To be made while standard error is still that of whoever started us.

        @param options: those of C{twistd} itself, in which the pipe will be.
        """
        self._options = {} if options is None else options
        self._pipe: int | None = None
        self._code = 0
        self._stderr = -1
        with suppress(OSError):
            self._stderr = os.dup(2)

    def begin(self) -> None:
        """The start has begun: from now on nobody but this says how it went."""
        pipe = self._options.pop(_PIPE, None)
        self._pipe = pipe if isinstance(pipe, int) else None
        atexit.register(self._leave)

    def say(self, text: str) -> None:
        """Write a line to standard error, until the start has come to its end."""
        if self._stderr >= 0:
            with suppress(OSError):
                os.write(self._stderr, f"{text}\n".encode("utf-8", "backslashreplace"))

    def succeeded(self) -> None:
        """The start has come to its end: a daemon's parent may go, and nobody's terminal is kept open."""
        self._report(_SUCCEEDED)
        if self._stderr >= 0:
            os.close(self._stderr)
            self._stderr = -1

    def leave(self, code: int) -> None:
        """The process is about to end, with this exit code."""
        self._code = code

    def stopped(self) -> None:
        """The program was stopped. Where a signal did that C{twistd} dies by it, and nothing is called any more."""
        if not self._code:
            self._report(_FAILED)

    def _report(self, outcome: bytes) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with suppress(OSError):
                os.write(pipe, outcome)
            os.close(pipe)

    def _leave(self) -> None:
        self._report(_FAILED)
        if self._code:
            for stream in (sys.__stdout__, sys.__stderr__):
                with suppress(AttributeError, OSError, ValueError):
                    stream.flush()  # type: ignore[union-attr] # there may be none
            os._exit(self._code)
