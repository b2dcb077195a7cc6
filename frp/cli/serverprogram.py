"""frps, as the commands serve it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from frp.cli import opening, pages
from frp.cli.program import Program, SetLog
from frp.cli.reloaded import reloaded
from frp.config.differing import differing
from frp.config.unread import besides, besidesOf
from frp.errors import FRPError
from frp.interfaces import IReactor

if TYPE_CHECKING:
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig
    from frp.kinds import Registry
    from frp.server.service import FRPServer
    from frp.web.serving import Serving

__all__ = ["ServerProgram", "originOf"]

#: What is taken from a configuration that is read again.
_TAKEN = (
    "log.",
    "transport.tls.certFile",
    "transport.tls.keyFile",
    "transport.tls.trustedCaFile",
    "webServer.tls.",
    "cluster.tls.",
)


def originOf(path: str) -> str:
    """
    @param path: of the configuration; empty if flags gave it.
    @return: where it comes from, for the log.
    """
    return f"frps uses config file: {path}" if path else "frps uses command line arguments for config"


class ServerProgram(Program):
    """frps and its web server."""

    def __init__(
        self,
        config: ServerConfig,
        path: str,
        make: Callable[[ServerConfig], FRPServer],
        page: Callable[[FRPServer], Serving | None],
        load: Callable[[], Loaded[ServerConfig]],
        failed: Callable[[Failure], int],
        setLog: SetLog,
    ) -> None:
        """
        @param path: of the configuration; empty if flags gave it.
        @param page: gives the web server.
        @param load: reads it again.
        @param failed: says why frps could not start; returns the exit code for that.
        """
        Program.__init__(self, setLog)
        self._config = config
        self._path = path
        self._make = make
        self._page = page
        self._load = load
        self._failed = failed
        self._server: FRPServer | None = None
        self._web: Serving | None = None

    @classmethod
    def of(
        cls,
        reactor: IReactor,
        config: ServerConfig,
        path: str,
        kinds: Registry,
        load: Callable[[], Loaded[ServerConfig]],
        failed: Callable[[Failure], int],
        setLog: SetLog,
    ) -> ServerProgram:
        """@return: frps itself; the rest is as for L{ServerProgram}."""
        from frp.server.service import FRPServer
        from frp.sockets.eager import eager

        return cls(
            config,
            path,
            lambda config: FRPServer(eager(reactor), config, kinds),
            pages.dashboard,
            load,
            failed,
            setLog,
        )

    def startService(self) -> None:
        Program.startService(self)
        self.takeLog(self._config.log)
        self.introduce()
        Deferred.fromCoroutine(self._start()).addCallbacks(lambda _: self.started.callback(""), self._notStarted)

    def introduce(self) -> None:
        """Say where the configuration comes from."""
        self.log.info("{origin}", origin=originOf(self._path))

    async def _start(self) -> None:
        server = self._make(self._config)
        web = self._page(server)
        if web is not None:
            self.own(web)
        self.own(server)
        await server.started
        self._server, self._web = server, web
        server.drained.addCallback(lambda _: self.ended.callback(0))

    def _notStarted(self, failure: Failure) -> None:
        # Whoever was stopped before it had started has nothing wrong with it.
        if self.running:
            self.fail(besidesOf(failure, opening.server, self._config))

    def fail(self, failure: Failure) -> None:
        """Nothing comes of the start."""
        self.ended.callback(self._failed(failure))

    async def reload(self) -> None:
        """Take the settings of the log, and all certificates, for those who come from now on."""
        server = self._server
        if server is None:
            self.log.warn("the configuration is not read again: frps has not started yet")
            return
        try:
            loaded: Loaded[ServerConfig]
            loaded = await deferToThreadPool(server.reactor, server.reactor.getThreadPool(), self._load)
        except FRPError as error:
            self.notReloaded(self._path, error)
            return
        config = loaded.config
        try:
            renewals = {"transport.tls": server.renewal(config.transport.tls)}
            if server.node is not None:
                renewals["cluster.tls"] = server.node.renewal(config.cluster.tls)
            if self._web is not None:
                renewals["webServer.tls"] = self._web.renewal(config.webServer.tls)
        except FRPError as error:
            self.notReloaded(self._path, besides(error, opening.server, config))
            return
        self._take(loaded, {name: renew for name, renew in renewals.items() if renew is not None})

    def _take(self, loaded: Loaded[ServerConfig], renewals: Mapping[str, Callable[[], object]]) -> None:
        """Let it count, and say which of it does."""
        config = loaded.config
        for renew in renewals.values():
            renew()
        taken = [self.takeLog(config.log), *(f"certificates of {name}" for name in renewals)]
        for remark in loaded.remarks:
            self.log.warn("{remark}", remark=remark)
        waiting = (key for key in differing(self._config, config) if not key.startswith(_TAKEN))
        self.log.info("{said}", said=reloaded(taken, waiting))
