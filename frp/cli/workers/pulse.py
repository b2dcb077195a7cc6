"""Whether a worker still does anything: one that hangs keeps its ports, and whoever is led to it waits for ever."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from frp.session.deadline import Later

__all__ = ["SILENCE", "TICK", "Pulse"]

#: Seconds between two looks. At each the worker is asked whether it is there.
TICK = 1.0

#: Looks without a word from the worker after which it hangs. They are counted, and not the time: when the parent itself
#: has stood still that was one look, and the worker may have stood still as well.
SILENCE = 10


class Pulse:
    """Looks after one process, from L{start} to L{stop}."""

    def __init__(self, clock: IReactorTime, ask: Callable[[], object], hangs: Callable[[], object]) -> None:
        """
        @param ask: asks the worker for a word.
        @param hangs: is called, once, when none has come for too long.
        """
        self._ask = ask
        self._hangs = hangs
        self._silence = 0
        self._timer = Later(clock)

    def start(self) -> None:
        """It does something now."""
        self._ask()
        self._timer.set(TICK, self._look)

    def stop(self) -> None:
        """It is about to end, or has ended."""
        self._timer.stop()

    def heard(self) -> None:
        """It has said something, whatever it is: who answers nothing, but speaks, is busy."""
        self._silence = 0

    def _look(self) -> None:
        self._silence += 1
        if self._silence >= SILENCE:
            self._hangs()
        else:
            self.start()
