"""
The service manager that has started this process, as systemd or a container engine that passes on its word.

It is told by datagrams to the socket that C{NOTIFY_SOCKET} names: lines of C{NAME=value}, as in C{sd_notify(3)}.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from frp.errors import reasonOf
from frp.logs import Log

__all__ = ["ServiceManager", "managerOf"]

_log = Log("frp.cli.servicemanager")


class ServiceManager:
    """Hears when this process can do what it is for, when it ends, and in between that it lives."""

    def __init__(self, clock: IReactorTime, address: str, patience: float = 0) -> None:
        """
        @param address: of its socket: a path, or C{@} and an abstract name.
        @param patience: it gives up a process that has been silent for so many seconds; 0 for never.
        """
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._patience = patience
        self._alive = LoopingCall(self._tell, "WATCHDOG=1")
        self._alive.clock = clock

    def ready(self, status: str = "") -> None:
        """
        The start has come to its end.

        @param status: one line for people.
        """
        self._tell("READY=1", *([f"STATUS={status}"] if status else []))
        if self._patience and not self._alive.running:
            # The reactor says it: one that hangs is silent.
            self._alive.start(self._patience / 2)

    def reloading(self) -> None:
        """The configuration is being read again, until L{ready} says that this is over."""
        # By this time it tells what it has asked for from what somebody else has.
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The end has begun. It may take as long as users do."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.setblocking(False)
            try:
                told.sendto("\n".join(lines).encode(), self._address)
            except OSError as error:
                _log.warn("the service manager cannot be told {line}: {why}", line=lines[0], why=reasonOf(error))


def managerOf(clock: IReactorTime, environ: Mapping[str, str]) -> ServiceManager | None:
    """@return: the one of which the environment tells; None where there is none."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return None
    mine = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    microseconds = environ.get("WATCHDOG_USEC", "") if mine else ""
    return ServiceManager(clock, address, int(microseconds) / 1_000_000 if microseconds.isdecimal() else 0)
