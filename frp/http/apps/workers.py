"""Threads for applications that block, which do not keep the program from ending."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

__all__ = ["Workers"]


class Workers:
    """
    Calls functions in threads, so many at a time. The interpreter waits at its end for those of
    C{concurrent.futures}, and of a reactor's pool: one application that does not return would be there for ever.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = Lock()
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = self._idle = 0
        self._stopped = False

    def submit(self, function: Callable[[], None]) -> None:
        """@param function: raises nothing; it is called once, or never where L{stop} comes first."""
        with self._lock:
            self._idle -= 1
            self._waiting.put(function)
            if self._idle >= 0 or self._threads == self._most:
                return
            self._threads += 1
            number = self._threads
        Thread(target=self._work, name=f"{self._name}_{number}", daemon=True).start()

    def stop(self) -> None:
        """Let what runs run on, and begin nothing else."""
        with self._lock:
            self._stopped = True
            for _ in range(self._threads):
                self._waiting.put(None)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            function = self._waiting.get()
            if function is None or self._stopped:
                return
            function()
            del function
