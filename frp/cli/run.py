"""A process that serves: the reactor, signals, and the exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from types import FrameType
from typing import TYPE_CHECKING, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp import logs
from frp.cli.lifetime import Lifetime, serviceManager
from frp.cli.saying import hint, say
from frp.config.commandline import UI
from frp.errors import FRPError, PluginError, bugBehind

if TYPE_CHECKING:
    from frp.cli.hangup import Watch
    from frp.cli.program import Program
    from frp.cli.servicemanager import ServiceManager
    from frp.cli.view.view import View
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig
    from frp.interfaces import IReactor
    from frp.kinds import Registry

__all__ = ["Process", "briefOf", "detailOf", "once", "ownReactor", "serveClients", "serveServer", "told"]

_log = logs.Log("frp.cli.run")


class Process:
    """
    This process while it serves. A signal ends it in good order, as long as the services need for that; a second signal
    ends it at once.

    @ivar reactor: what runs it.
    @ivar code: the exit code, once it has run.
    """

    def __init__(
        self,
        reactor: IReactor,
        manager: ServiceManager | None = None,
        *,
        watch: Watch = signal.signal,
    ) -> None:
        """
        @param manager: what has started this process, if it wants to hear of it.
        @param watch: sets what a signal does.
        """
        self.reactor = reactor
        self.code = 0
        self._lifetime: Lifetime | None = None
        self._ending = False
        self._manager = manager
        self._watch = watch

    def serve(self, program: Program) -> int:
        """
        Serve until a signal comes or the program has ended.

        @return: the exit code.
        """

        self._lifetime = Lifetime(self.reactor, program, self.end, self._manager, watch=self._watch)
        return self.run(self._lifetime.begin)

    def run(self, begin: Callable[[], object]) -> int:
        """Call C{begin} in the running reactor, and return the exit code when L{end} was called or a signal came."""
        self.reactor.callWhenRunning(self._begin, begin)
        self.reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        self.reactor.run()
        return self.code

    def end(self, code: int = 0) -> None:
        """Stop all services, then leave with this exit code. Later calls change nothing."""
        if not self._ending:
            self._ending = True
            self.code = code
            self.reactor.stop()

    def _begin(self, begin: Callable[[], object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._watch(number, self._signalled)
        try:
            begin()
        except Exception:
            self.fail(Failure())

    def fail(self, failure: Failure) -> None:
        """What was begun cannot go on: say why, and leave."""
        self.end(told(failure))

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        # The next one ends us at once. Another one may have come with this one: it loses its handler when it has been
        # heard, for Python complains of one that finds none.
        self._watch(number, signal.SIG_DFL)
        self.reactor.callFromThread(self._ended)

    def _ended(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            self._watch(each, signal.SIG_DFL)
        self.end()

    def _stop(self) -> Awaitable[object] | None:
        self._ending = True
        return None if self._lifetime is None else self._lifetime.end()


def told(failure: Failure) -> int:
    """
    Say why a program could not start: on standard output in the reference's words, which scripts compare, and on
    standard error what more there is to say.

    @return: the exit code for that.
    """
    brief, error = briefOf(failure), failure.value
    say(brief)
    # Of a plugin all is in the brief text.
    if isinstance(error, FRPError) and not isinstance(error, PluginError):
        hint(error.more)
    return 1


def detailOf(failure: Failure) -> str:
    """@return: the same as L{briefOf}, with what more there is to say."""
    brief = briefOf(failure)
    return failure.value.detail if isinstance(failure.value, FRPError) else brief


def briefOf(failure: Failure) -> str:
    """
    What to print of a failure: the reference's text, or all that is known of a fault in a plugin. What frp does not
    understand is logged, with its traceback.
    """
    bug = bugBehind(failure.value)
    if bug is not None:
        _log.failure("a plugin has failed" if bug is not failure.value else "this is a bug", Failure(bug))
    if isinstance(failure.value, FRPError):
        return failure.value.detail if isinstance(failure.value, PluginError) else failure.value.brief
    return f"{type(failure.value).__name__}: {failure.value}"


def ownReactor() -> IReactor:
    """The reactor of this process: L{frp.sockets.lean}, where there is epoll and nobody has installed another one."""
    if "twisted.internet.reactor" not in sys.modules:
        try:
            from frp.sockets.lean import install
        except ImportError:
            pass
        else:
            install()
    from twisted.internet import reactor

    return cast("IReactor", reactor)


def _process() -> Process:
    reactor = ownReactor()
    return Process(reactor, serviceManager(reactor))


def serveServer(config: ServerConfig, kinds: Registry, path: str, load: Callable[[], Loaded[ServerConfig]]) -> int:
    """
    Be frps, until a signal comes.

    @param path: of the configuration; empty if flags gave it.
    @param load: reads it again.
    @return: the exit code.
    """
    process = _process()
    if config.workers != 1:
        from frp.cli.workers.parent import WorkersProgram

        return process.serve(WorkersProgram(process.reactor, config, path, kinds.files, load, told, logs.start))
    from frp.cli.serverprogram import ServerProgram

    return process.serve(ServerProgram.of(process.reactor, config, path, kinds, load, told, logs.start))


def serveClients(
    clients: list[tuple[str, ClientConfig]], values: Values, kinds: Registry, failed: Callable[[str, Failure], int]
) -> int:
    """
    Be frpc, until all clients have ended or a signal comes.

    @param clients: the path of each configuration, empty if flags gave it; and the configuration.
    @param values: the flags that were given; configurations are read again with them.
    @param failed: says that a client gave up; returns the exit code for that.
    @return: the exit code: 0, or the highest that C{failed} returned.
    """
    from frp.cli.clientprogram import ClientProgram

    process = _process()
    view = _view(process.reactor) if values.get(UI.name) else None
    if view is None:
        return process.serve(ClientProgram.of(process.reactor, clients, values, kinds, failed, logs.start))
    program = ClientProgram.of(process.reactor, clients, values, kinds, view.aside(failed), view.setLog, view.show)
    program.own(view)
    return process.serve(program)


def _view(reactor: IReactor) -> View | None:
    """@return: None where there is no terminal."""
    from frp.cli.view.terminal import Terminal, standardOutput

    name = standardOutput()
    if not name:
        return None
    from frp.cli.view.view import View

    return View(reactor, Terminal(name))


def once(act: Callable[[IReactor], Coroutine[Deferred[object], object, int]]) -> int:
    """
    Do one thing, and leave.

    @param act: does it with a reactor, and returns the exit code.
    """
    from frp.sockets.eager import eager

    process = Process(ownReactor())

    def begin() -> None:
        Deferred.fromCoroutine(act(eager(process.reactor))).addCallbacks(process.end, process.fail)

    return process.run(begin)
