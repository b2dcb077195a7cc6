"""
C{twistd frps} and C{twistd frpc}: the same flags and configurations, with twistd's daemon, PID file and log options.

The log goes where C{twistd} sends it; a file that the configuration names is written, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

import attrs
import click
from twisted.application.service import IService, MultiService
from twisted.internet.defer import DeferredList
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IReactorCore
from twisted.python import usage
from twisted.python.failure import Failure

from frp import logs
from frp.cli import pages
from frp.cli.files import filesBelow, loadClient, loadServer, read, registry
from frp.cli.run import briefOf
from frp.config.commandline import EXPLAIN_ERRORS, FRPC, FRPS, SERVER
from frp.config.flags import BadFlag, Flag, Values, boolean, readFlags
from frp.errors import FRPError, PluginError
from frp.kinds import Registry
from frp.version import COMPATIBLE

__all__ = ["frpc", "frps"]

_log = logs.Log("frp.cli.twistd")
_HELP = Flag("help", "h", "", "show this message and exit", boolean)


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
            self.given, others = readFlags(words, (*self.flags, _HELP))
        except BadFlag as error:
            raise usage.UsageError(error.detail) from None
        if self.given.pop("help", False):
            usage.Options.opt_help(self)
        if self.given.get("version"):
            click.echo(COMPATIBLE)
            raise SystemExit(0)
        if others:
            raise usage.UsageError(f"unexpected: {' '.join(others)}")
        self.update(self.given)


class ServerOptions(FlagOptions):
    flags = (*FRPS, *SERVER, EXPLAIN_ERRORS)


class ClientOptions(FlagOptions):
    flags = (*FRPC, EXPLAIN_ERRORS)


def _makeServer(options: FlagOptions) -> IService:
    """@raise SystemExit: the configuration cannot be used; what is wrong has been printed."""
    from twisted.internet import reactor

    from frp.server.service import FRPServer
    from frp.sockets.eager import eager

    values, kinds = options.given, _kinds(options.given)
    config = read(lambda: loadServer(values.get("config", ""), values, kinds), values, serves=True)
    if config is None:
        raise SystemExit(1)
    _setLog(config.log)
    service = FRPServer(eager(reactor), config, kinds)
    service.started.addErrback(_giveUp, reactor)
    return _Together([pages.dashboard(service), service])


def _makeClient(options: FlagOptions) -> IService:
    """@raise SystemExit: no configuration can be used; what is wrong has been printed."""
    from twisted.internet import reactor

    from frp.client.service import FRPClient
    from frp.sockets.eager import eager

    values, kinds = options.given, _kinds(options.given)
    folder = values.get("config-dir", "")
    paths = list(filesBelow(folder)) if folder else [values.get("config", options["config"])]
    found = [read(partial(loadClient, path, values, kinds), values, serves=True) for path in paths]
    configs = [(path, config) for path, config in zip(paths, found, strict=True) if config is not None]
    if not configs:
        raise SystemExit(1)
    services: list[IService | None] = []
    ending = []
    for path, config in configs:
        _setLog(config.log)
        service = FRPClient(eager(reactor), config, kinds)
        service.ended.addErrback(_giveUp, reactor)
        ending.append(service.ended)
        services += [pages.admin(service, path, values, kinds), service]
    # Clients can be stopped one by one, through their web servers.
    DeferredList(ending).addCallback(lambda _: _leave(reactor))
    return _Together(services)


def _kinds(values: Values) -> Registry:
    """@raise SystemExit: a file that was named cannot be used; why has been printed."""
    try:
        return registry(values)
    except PluginError as error:
        click.echo(error.detail, err=True)
        raise SystemExit(1) from error


class _Together(MultiService):
    """Services of which none starts when one cannot."""

    def __init__(self, services: list[IService | None]) -> None:
        MultiService.__init__(self)
        for service in services:
            if service is not None:
                service.setServiceParent(self)

    def startService(self) -> None:
        """@raise SystemExit: a web server cannot listen; the log says why."""
        try:
            MultiService.startService(self)
        except FRPError as error:
            _log.error("{brief}", brief=error.brief)
            raise SystemExit(1) from error


def _setLog(settings: logs.LogSettings) -> None:
    logs.setLevel(settings.level)
    if settings.to != "console":
        logs.start(settings, begin=False)


def _giveUp(failure: Failure, reactor: IReactorCore) -> None:
    _log.error("{brief}", brief=briefOf(failure))
    _leave(reactor)


def _leave(reactor: IReactorCore) -> None:
    """Unless it is leaving already."""
    with suppress(ReactorNotRunning):
        reactor.stop()


@attrs.frozen
class _Maker:
    """What C{twistd} looks for in a plugin's module."""

    Options: type[FlagOptions]
    makeService: Callable[[FlagOptions], IService]


frps = _Maker(ServerOptions, _makeServer)
frpc = _Maker(ClientOptions, _makeClient)
