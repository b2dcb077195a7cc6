"""Both programs as children, on real sockets."""

from __future__ import annotations

import os
import signal
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ProcessDone
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from frp.test.started import command, twist
from frp.testing.live import Lines, LiveTestCase

__all__ = ["Child", "ProgramsTestCase"]


class Child(ProcessProtocol):
    """
    A child process.

    @ivar lines: what it prints.
    @ivar ended: fires with its exit code, or the negative number of the signal that ended it.
    @ivar path: of its configuration, where it has one.
    """

    transport: Any
    path = ""

    def __init__(self, clock: IReactorTime) -> None:
        self.lines = Lines(clock)
        self.ended: Deferred[int] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self.lines.add(data.decode())

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        value: Any = reason.value
        if isinstance(value, ProcessDone):
            self.ended.callback(0)
        else:
            self.ended.callback(-value.signal if value.signal else value.exitCode)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.transport.pid, number)


class ProgramsTestCase(LiveTestCase):
    """Starts processes, which end with the test."""

    def child(self, *words: str) -> Child:
        """
        Start a process, which ends with the test at the latest.

        @param words: of its command, the first of which is a path.
        """
        child = Child(self.reactor)
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1"}
        self.reactor.spawnProcess(child, words[0], words, environment)
        self.addCleanup(self._kill, child)
        return child

    def _kill(self, child: Child) -> Deferred[Any] | None:
        if child.ended.called:
            return None
        child.signal(signal.SIGKILL)
        return maybeDeferred(lambda: child.ended)

    def program(self, name: str, text: str) -> Child:
        """Start frps or frpc with this configuration, a file that stays at C{path} of the child."""
        path = os.path.abspath(self.mktemp() + ".toml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        child = self._program(name, path)
        child.path = path
        return child

    def _program(self, name: str, path: str) -> Child:
        if name.startswith("twistd "):
            return self.child(*twist(name.removeprefix("twistd ")), "-c", path)
        return self.child(*command(name), "-c", path)
