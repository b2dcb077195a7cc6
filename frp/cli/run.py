"""A process that serves: the reactor, signals, and the exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.python.failure import Failure

from frp import logs
from frp.cli import pages
from frp.errors import FRPError, PluginError, bugBehind

if TYPE_CHECKING:
    from twisted.application.service import IService

    from frp.cli.manager import Manager
    from frp.client.service import FRPClient
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.config.server import ServerConfig
    from frp.kinds import Registry

__all__ = ["Process", "briefOf", "once", "runClients", "runServer", "serveClients", "serveServer"]

_log = logs.Log("frp.cli.run")


class Process:
    """
    This process while it serves. A signal ends it in good order, as long as the services need for that; a second signal
    ends it at once.

    @ivar reactor: what runs it.
    @ivar code: the exit code, once it has run.
    """

    def __init__(
        self, reactor: Any, manager: Manager | None = None, *, watch: Callable[[int, Any], object] = signal.signal
    ) -> None:
        """
        @param manager: what has started this process, if it wants to hear of it.
        @param watch: sets what a signal does.
        """
        self.reactor = reactor
        self.code = 0
        self._services: list[IService] = []
        self._ending = False
        self._manager = manager
        self._watch = watch

    def run(self, begin: Callable[[], object]) -> int:
        """Call C{begin} in the running reactor, and return the exit code when L{end} was called or a signal came."""
        self.reactor.callWhenRunning(self._begin, begin)
        self.reactor.addSystemEventTrigger("before", "shutdown", self._stopServices)
        self.reactor.run()
        return self.code

    def own(self, service: IService) -> None:
        """Start a service, and stop it before the process ends."""
        self._services.append(service)
        service.startService()

    def disown(self, service: IService) -> None:
        """It has ended by itself."""
        if service in self._services:
            self._services.remove(service)

    def end(self, code: int = 0) -> None:
        """Stop all services, then leave with this exit code. Later calls change nothing."""
        if not self._ending:
            self._ending = True
            self.code = code
            self.reactor.stop()

    def ready(self, status: str = "") -> None:
        """
        The start has come to its end, and the process does what it is for.

        @param status: one line for people.
        """
        if self._manager is not None and not self._ending:
            self._manager.ready(status)

    def settled(self) -> None:
        """
        What was made until now stays: spare the collector from looking at it again, and let it come less often, because
        what a busy tunnel makes lives either a moment or as long as its connection.
        """
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        gc.enable()
        # A thread that computes, such as one that reads a configuration again, gives way to users so soon (seconds).
        sys.setswitchinterval(0.0005)

    def _begin(self, begin: Callable[[], object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._watch(number, self._signalled)
        try:
            begin()
        except Exception:
            self.fail(Failure())

    def fail(self, failure: Failure) -> None:
        """What was begun cannot go on: say why, and leave."""
        click.echo(briefOf(failure))
        self.end(1)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        # The next one ends us at once.
        for each in (signal.SIGINT, signal.SIGTERM):
            self._watch(each, signal.SIG_DFL)
        self.reactor.callFromThread(self.end)

    def _stopServices(self) -> Deferred[list[tuple[bool, None]]]:
        self._ending = True
        if self._manager is not None:
            self._manager.stopping()
        services, self._services = self._services, []
        return DeferredList([maybeDeferred(service.stopService).addErrback(_notStopped) for service in services])


def _notStopped(failure: Failure) -> None:
    _log.failure("a service did not stop", failure)


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


def _reactor() -> Any:
    """The reactor of this process: L{frp.sockets.lean}, where there is epoll and nobody has installed another one."""
    if "twisted.internet.reactor" not in sys.modules:
        try:
            from frp.sockets.lean import install
        except ImportError:
            pass
        else:
            install()
    from twisted.internet import reactor

    return reactor


def _process() -> Process:
    reactor = _reactor()
    if "NOTIFY_SOCKET" not in os.environ:
        return Process(reactor)
    from frp.cli.manager import managerOf

    return Process(reactor, managerOf(reactor, os.environ))


def serveServer(config: ServerConfig, kinds: Registry, path: str) -> int:
    """
    Be frps, until a signal comes.

    @param path: of the configuration; empty if flags gave it.
    @return: the exit code.
    """
    from frp.server.service import FRPServer
    from frp.sockets.eager import eager

    process = _process()
    return runServer(
        process,
        lambda: FRPServer(eager(process.reactor), config, kinds),
        config.log,
        path,
        pages.dashboard,
    )


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
    from frp.client.service import FRPClient
    from frp.sockets.eager import eager

    process = _process()
    return runClients(
        process,
        lambda config: FRPClient(eager(process.reactor), config, kinds),
        clients,
        failed,
        lambda client, path: pages.admin(client, path, values, kinds),
    )


def once(act: Callable[[Any], Coroutine[Any, Any, int]]) -> int:
    """
    Do one thing, and leave.

    @param act: does it with a reactor, and returns the exit code.
    """
    from frp.sockets.eager import eager

    process = Process(_reactor())

    def begin() -> None:
        Deferred.fromCoroutine(act(eager(process.reactor))).addCallbacks(process.end, process.fail)

    return process.run(begin)


def runServer(
    process: Process,
    make: Callable[[], Any],
    log: logs.LogSettings,
    path: str,
    page: Callable[[Any], IService | None] = lambda _server: None,
) -> int:
    """
    @param make: gives the L{FRPServer<frp.server.service.FRPServer>}.
    @param page: gives its web server, or None.
    """

    def begin() -> None:
        logs.start(log)
        if path:
            _log.info("frps uses config file: {path}", path=path)
        else:
            _log.info("frps uses command line arguments for config")
        service = make()
        web = page(service)
        if web is not None:
            process.own(web)
        service.started.addCallbacks(started, process.fail)
        process.own(service)

    def started(_: object) -> None:
        process.settled()
        process.ready()

    return process.run(begin)


def _own(process: Process, client: FRPClient, web: IService | None) -> None:
    try:
        if web is not None:
            process.own(web)
    except FRPError:
        client.ended.errback(Failure())
    else:
        process.own(client)


def runClients(
    process: Process,
    make: Callable[[Any], Any],
    clients: Sequence[tuple[str, Any]],
    failed: Callable[[str, Failure], int],
    page: Callable[[Any, str], IService | None] = lambda _client, _path: None,
) -> int:
    """
    @param make: gives the L{FRPClient<frp.client.service.FRPClient>} of a configuration.
    @param page: gives the web server of a client, or None.
    """
    codes: list[int] = []
    statuses: list[str] = []

    def begin() -> None:
        for path, config in clients:
            logs.start(config.log)
            if path:
                _log.info("start frpc service for config file [{path}] with aggregated configuration", path=path)
            service = make(config)
            web = page(service, path)
            service.settled.addCallback(settled)
            service.ended.addBoth(ended, path, service, web)
            _own(process, service, web)
        process.settled()

    def settled(status: str) -> None:
        statuses.append(status)
        if len(statuses) == len(clients):
            process.ready("; ".join(statuses))

    def ended(result: object, path: str, service: FRPClient, web: IService | None) -> None:
        if path:
            _log.info("frpc service for config file [{path}] stopped", path=path)
        process.disown(service)
        if web is not None:
            process.disown(web)
            maybeDeferred(web.stopService).addErrback(_notStopped)
        codes.append(failed(path, result) if isinstance(result, Failure) else 0)
        if len(codes) == len(clients):
            process.end(max(codes))
        if not service.settled.called:
            service.settled.callback("ended")

    return process.run(begin)
