"""Children of the bench: started, measured through /proc, and always reaped."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Program", "Worker", "cpuSeconds", "residentBytes"]

_PR_SET_PDEATHSIG = 1
_PAGE = os.sysconf("SC_PAGE_SIZE")
_libc = ctypes.CDLL(None)
_fork = multiprocessing.get_context("fork")


def _dieWithParent() -> None:
    """Runs in a fresh child: it must not outlive the bench, however the bench ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def cpuSeconds(pids: Iterable[int]) -> float:
    """
    CPU time that processes and their descendants have used so far, ended threads included.

    Read from the CPU clock of each process, which counts nanoseconds where C{/proc/PID/stat} counts hundredths of a
    second; the clock's number is what clock_getcpuclockid(3) computes on Linux.
    """
    return sum(time.clock_gettime((~member << 3) | 2) for pid in pids for member in _family(pid))


def residentBytes(pid: int) -> int:
    """Resident memory of a process and its descendants."""
    return sum(int(Path(f"/proc/{member}/statm").read_text().split()[1]) * _PAGE for member in _family(pid))


class Program:
    """
    A program that runs beside us, its output in a file.

    @ivar started: when it was executed, on the clock of C{time.perf_counter}.
    """

    def __init__(self, command: Sequence[str], output: Path, environment: dict[str, str] | None = None) -> None:
        self.name = Path(command[0]).name
        self.output = output
        with output.open("wb") as sink:
            self.started = time.perf_counter()
            # A session of its own: Ctrl-C reaches the bench alone, which then ends its children in order.
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=output.parent,
                env=environment,
                start_new_session=True,
                preexec_fn=_dieWithParent,
            )
        self.pid = self._popen.pid

    def waitFor(self, ready: Callable[[str], bool], what: str, timeout: float = 30.0) -> float:
        """
        Look at the output every millisecond until it satisfies C{ready}.

        @return: seconds from execution until then.
        @raise RuntimeError: the program ended, or time ran out; with the end of its output.
        """
        while True:
            ended = self._popen.poll() is not None
            if ready(self.output.read_text(errors="replace")):
                return time.perf_counter() - self.started
            if ended:
                raise RuntimeError(f"{self.name} ended with {self._popen.returncode} before {what}: {self._tail()}")
            if time.perf_counter() - self.started > timeout:
                raise RuntimeError(f"{self.name}: not {what} after {timeout:.0f} s: {self._tail()}")
            time.sleep(0.001)

    def _tail(self) -> str:
        return " | ".join(self.output.read_text(errors="replace").splitlines()[-4:])

    def stop(self, patience: float = 3.0) -> None:
        """End it and everything it started, politely for so many seconds; returns when it is reaped."""
        self._popen.terminate()
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """End it and everything it started, as a power cut would; returns when it is reaped."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()


class Worker:
    """
    A fork of the bench that runs one function until it is stopped.

    Fork before opening connections: a fork holds copies of them, and what someone still holds does not close.
    """

    def __init__(self, run: Callable[..., Any], *arguments: Any) -> None:
        self._process = _fork.Process(target=_runAlone, args=(run, arguments), daemon=True)
        self._process.start()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _runAlone(run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    _dieWithParent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    run(*arguments)
