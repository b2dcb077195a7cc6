"""One process of a worker, from its start to its end, as its parent sees it."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.protocol import Factory, ProcessProtocol
from twisted.protocols.amp import Command
from twisted.python.failure import Failure

from frp.cli.workers.assignment import CONNECTION, Assignment
from frp.cli.workers.commands import Drain, Drains, Failed, Introduce, Introduced, Ping, Ready, Reload, Stop
from frp.cli.workers.exchange import Exchanging
from frp.directories.parent.lodging import Lodging
from frp.errors import FRPError
from frp.logs import Log
from frp.sockets.taken import WORKER

if TYPE_CHECKING:
    from frp.config.server import ServerConfig
    from frp.directories.memory import Shelf

__all__ = ["WELL", "Life"]

#: How a process has ended that had nothing wrong with it.
WELL = "in good order"

_log = Log("frp.cli.workers")

#: What the service manager has said to the parent, and is not for workers.
_PARENTS = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")


class _Line(Exchanging, Lodging):
    """The parent's end of the connection."""

    def __init__(self, shelf: Shelf, life: Life) -> None:
        super().__init__(shelf)
        self._life = life

    def dataReceived(self, data: bytes) -> None:
        self._life.heard()
        super().dataReceived(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._life.left()
        super().connectionLost(reason)

    @Ready.responder
    def _ready(self) -> Deferred[Mapping[str, object]]:
        return self._life.serves()

    @Failed.responder
    def _failed(self, brief: str, detail: str) -> Mapping[str, object]:
        self._life.fault = FRPError(brief, detail)
        return {}

    @Drains.responder
    def _drains(self, seconds: float) -> Mapping[str, object]:
        self._life.drains(seconds)
        return {}

    @Introduce.responder
    def _introduce(self, to: str, node: str, name: str, session: int, passage: int) -> Deferred[Mapping[str, object]]:
        def done(answer: Mapping[str, object] | Failure) -> Mapping[str, object]:
            os.close(session)  # both were sent, or will never be
            os.close(passage)
            return {"name": ""} if isinstance(answer, Failure) else answer

        other = self._life.introduces(to)
        asked: Deferred[Any] = succeed({"name": ""})
        if other is not None and other.line.transport is not None:
            asked = other.line.callRemote(Introduced, node=node, name=name, session=session, passage=passage)
        return asked.addBoth(done)


class Life(ProcessProtocol):
    """
    It begins with an interpreter that imports what all workers need, and waits for its assignment.

    @ivar number: of the process.
    @ivar ready: fires when the worker has its ports, and knows the others.
    @ivar ended: fires with how it has ended, in words, when its process is gone.
    @ivar fault: why it could not start, if it has said so.
    @ivar drains: is called with seconds when the worker has been asked to let its clients go.
    @ivar heard: is called when the worker says anything.
    @ivar left: is called when it can say nothing any more: its process is about to end, or has ended.
    @ivar introduces: finds another one by what the directory calls it; None where it is gone.
    """

    transport: Any

    def __init__(
        self, shelf: Shelf, drains: Callable[[float], object], introduces: Callable[[str], Life | None]
    ) -> None:
        self.number = 0
        self.ready: Deferred[None] = Deferred()
        self.ended: Deferred[str] = Deferred()
        self.fault: FRPError | None = None
        self.drains = drains
        self.heard: Callable[[], object] = lambda: None
        self.left: Callable[[], object] = lambda: None
        self.introduces = introduces
        self.line = _Line(shelf, self)
        self._unassigned: socket.socket | None = None
        self._taking: Deferred[Mapping[str, object]] = Deferred()
        self._heard: dict[int, bytes] = {}

    def connectionMade(self) -> None:
        self.number = self.transport.pid

    def spawn(self, reactor: Any, path: str, *, heard: bool) -> None:
        """
        Start the process.

        @param path: of the configuration, for people who look at processes; empty if flags gave it.
        @param heard: whether its output comes to us, and not to where ours goes.
        """
        self._unassigned, theirs = socket.socketpair()
        outputs: dict[int, int | str] = {1: "r", 2: "r"} if heard else {1: 1, 2: 2}
        environment = {name: value for name, value in os.environ.items() if name not in _PARENTS}
        # It finds what we find, wherever we were told to look, and nothing in the folder where it is started: -P.
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
        with theirs:
            reactor.spawnProcess(
                self,
                sys.executable,
                [sys.executable, "-P", "-m", WORKER, "frps", *(["-c", path] if path else [])],
                environment,
                childFDs={0: 0, **outputs, CONNECTION: theirs.fileno()},
            )

    def assign(self, reactor: Any, assignment: Assignment) -> None:
        """Let it serve: it has its ports when it is C{ready}."""
        connection, self._unassigned = self._unassigned, None
        assert connection is not None, "it has a process, and no assignment"
        with connection:
            connection.setblocking(False)
            factory: Factory = Factory.forProtocol(lambda: self.line)
            factory.noisy = False
            reactor.adoptStreamConnection(connection.fileno(), socket.AF_UNIX, factory)
        assert self.line.transport is not None, "it is connected"
        self.line.transport.write(assignment.sent())

    def serves(self) -> Deferred[Mapping[str, object]]:
        """@return: fires when it may take users and clients."""
        self.ready.callback(None)
        return self._taking

    def take(self) -> None:
        """Let it take users and clients, as soon as it can."""
        self._taking.callback({})

    def stop(self) -> None:
        """Let it end in good order."""
        self._tell(Stop)

    def drain(self, seconds: float) -> None:
        """Let its clients go, and end."""
        self._tell(Drain, seconds=float(seconds))

    def _tell(self, command: type[Command], **fields: object) -> None:
        """Let it end. One without an assignment has nothing that could be in order."""
        if self._unassigned is None:
            self.line.callRemote(command, **fields)
        else:
            self.kill()

    def ask(self) -> None:
        """Let it say something."""
        self.line.callRemote(Ping).addErrback(lambda _: None)

    def kill(self) -> None:
        """End its process at once, if there is one."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def become(self, config: ServerConfig) -> Deferred[object]:
        """@return: fires when it has taken what it can take of a configuration, or has ended."""
        asked: Deferred[object] = self.line.callRemote(Reload, config=pickle.dumps(config))
        return asked.addErrback(lambda _: None)

    # Where its output is not that of the parent

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        *lines, self._heard[childFD] = (self._heard.get(childFD, b"") + data).split(b"\n")
        for line in lines:
            _log.info("{line}", line=line.decode("utf-8", "backslashreplace"))

    def processEnded(self, reason: Failure) -> None:
        if self._unassigned is not None:
            self._unassigned.close()
        self.ended.callback(_words(reason.value))


def _words(end: object) -> str:
    if isinstance(end, ProcessTerminated) and end.signal is not None:
        return f"by signal {signal.Signals(end.signal).name}"
    if isinstance(end, ProcessDone):
        return WELL
    return f"with exit code {end.exitCode if isinstance(end, ProcessTerminated) else 1}"
