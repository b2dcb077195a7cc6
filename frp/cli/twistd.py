"""
C{twistd frps} and C{twistd frpc}: the same flags and configurations, with twistd's daemon, PID file and log options.

The log goes where C{twistd} sends it; a file that the configuration names is written, too.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout, suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from twisted.application.service import IService, Service
from twisted.internet.error import ReactorNotRunning
from twisted.python import usage
from twisted.python.failure import Failure

from frp import logs
from frp.cli.files import loadClient, loadServer, read, registry
from frp.cli.folder import filesIn, readFolder
from frp.cli.lifetime import Lifetime, serviceManager
from frp.cli.outcome import Outcome
from frp.cli.run import briefOf
from frp.cli.saying import say
from frp.config.commandline import FRPC, FRPS, SERVER
from frp.config.flags import HELP, BadFlag, Flag, Values, boolean, readFlags
from frp.errors import FRPError, PluginError
from frp.interfaces import IReactor
from frp.kinds import Registry
from frp.values import frozen
from frp.version import COMPATIBLE

if TYPE_CHECKING:
    from frp.cli.program import Program
    from frp.config.client import ClientConfig

__all__ = ["frpc", "frps"]

_log = logs.Log("frp.cli.twistd")


class FlagOptions(usage.Options):
    """
    Options for C{twistd} that are read as the commands read theirs.

    @cvar flags: what may be given.
    @ivar given: the values of those that were, by their names.
    """

    flags: tuple[Flag, ...] = ()
    optFlags: ClassVar[list[list[object]]] = []
    optParameters: ClassVar[list[list[object]]] = []

    def __init_subclass__(cls) -> None:
        # usage builds its help and its completion from these; the reading is ours.
        cls.optFlags = [[f.name, f.short or None, f.help] for f in cls.flags if f.kind is boolean]
        cls.optParameters = [[f.name, f.short or None, f.default, f.help] for f in cls.flags if f.kind is not boolean]

    def __init__(self) -> None:
        self.given: Values = {}
        usage.Options.__init__(self)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """@raise usage.UsageError: with the text that the commands print."""
        words = list(sys.argv[1:] if options is None else options)
        if "--_shell-completion" in words:
            usage.Options.parseOptions(self, words)
            return
        try:
            self.given, others = readFlags(words, (*self.flags, HELP))
        except BadFlag as error:
            raise usage.UsageError(error.detail) from None
        if self.given.pop("help", False):
            usage.Options.opt_help(self)
        if self.given.get("version"):
            say(COMPATIBLE)
            raise SystemExit(0)
        if others:
            raise usage.UsageError(f"unexpected: {' '.join(others)}")
        self.update(self.given)


class ServerOptions(FlagOptions):
    flags = (*FRPS, *SERVER)


class ClientOptions(FlagOptions):
    flags = FRPC


def _makeServer(options: FlagOptions) -> IService:
    """@raise SystemExit: the configuration cannot be used; what is wrong has been printed."""
    reactor = _reactor()
    values, path = options.given, options.given.get("config", "")
    with redirect_stdout(sys.stderr):
        kinds = _kinds(values)
        config = read(lambda: loadServer(path, values, kinds), serves=True)
    if config is None:
        raise SystemExit(1)
    outcome = Outcome(options.parent)
    load, failed = partial(loadServer, path, values, kinds), partial(_told, outcome)
    program: Program
    if config.workers != 1:
        from frp.cli.workers.parent import WorkersProgram

        program = WorkersProgram(reactor, config, path, kinds.files, load, failed, _setLog, heard=True)
    else:
        from frp.cli.serverprogram import ServerProgram

        program = ServerProgram.of(reactor, config, path, kinds, load, failed, _setLog)
    return _Served(reactor, outcome, program)


def _makeClient(options: FlagOptions) -> IService:
    """@raise SystemExit: no configuration can be used; what is wrong has been printed."""
    from frp.cli.clientprogram import ClientProgram

    reactor = _reactor()
    values, folder = options.given, options.given.get("config-dir", "")
    with redirect_stdout(sys.stderr):
        kinds = _kinds(values)
        configs = readFolder(filesIn(folder), values, kinds) if folder else _one(options, kinds)
    if not configs:
        raise SystemExit(1)
    outcome = Outcome(options.parent)

    def failed(path: str, failure: Failure) -> int:
        return _told(outcome, failure, f"{path}: " if folder else "")

    program = ClientProgram.of(reactor, configs, values, kinds, failed, _setLog)
    return _Served(reactor, outcome, program)


def _one(options: FlagOptions, kinds: Registry) -> list[tuple[str, ClientConfig]]:
    """@return: the file and its configuration, if that can be used."""
    path = options.given.get("config", options["config"])
    config = read(partial(loadClient, path, options.given, kinds), serves=True)
    return [] if config is None else [(path, config)]


def _reactor() -> IReactor:
    """That which twistd has installed."""
    from twisted.internet import reactor

    return cast(IReactor, reactor)


def _kinds(values: Values) -> Registry:
    """@raise SystemExit: a file that was named cannot be used; why has been printed."""
    try:
        return registry(values)
    except PluginError as error:
        say(error.detail)
        raise SystemExit(1) from error


def _told(outcome: Outcome, failure: Failure, whose: str = "") -> int:
    """Say why a program could not start, and which of several. @return: the exit code for that."""
    brief = briefOf(failure)
    _log.error("{whose}{brief}", whose=whose, brief=brief)
    outcome.say(whose + (failure.value.detail if isinstance(failure.value, FRPError) else brief))
    return 1


class _Served(Service):
    """
    What C{twistd} starts: a program, which begins when the reactor runs, so that whatever keeps it from starting can
    stop the reactor.
    """

    def __init__(self, reactor: IReactor, outcome: Outcome, program: Program) -> None:
        self._reactor = reactor
        self._outcome = outcome
        self._program = program
        self._lifetime: Lifetime | None = None

    def startService(self) -> None:
        Service.startService(self)
        self._reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        # Not before: a daemon has its own process by now.
        self._lifetime = Lifetime(self._reactor, self._program, self._end, serviceManager(self._reactor))
        self._lifetime.begin()
        self._program.started.addCallback(lambda _: self._outcome.succeeded())

    def _end(self, code: int) -> None:
        self._outcome.leave(code)
        with suppress(ReactorNotRunning):  # it is stopping already
            self._reactor.stop()

    def stopService(self) -> Awaitable[object] | None:
        Service.stopService(self)
        return None if self._lifetime is None else self._lifetime.end()


def _setLog(settings: logs.LogSettings) -> None:
    logs.setLevel(settings.level)
    if settings.to != "console":
        logs.start(settings, begin=False, alone=False)


@frozen
class _Maker:
    """What C{twistd} looks for in a plugin's module."""

    Options: type[FlagOptions]
    makeService: Callable[[FlagOptions], IService]


frps = _Maker(ServerOptions, _makeServer)
frpc = _Maker(ClientOptions, _makeClient)
