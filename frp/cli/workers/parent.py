"""The parent of the workers: it serves nobody itself."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from frp.cli.program import Program, SetLog
from frp.cli.serverprogram import originOf
from frp.cli.workers.again import Worker
from frp.cli.workers.assignment import Assignment
from frp.cli.workers.exchange import FIRST, Exchange
from frp.cli.workers.life import Life
from frp.directories.memory import Shelf
from frp.errors import FRPError
from frp.server.cluster.worker import countOf, partOf

if TYPE_CHECKING:
    from frp.config.load import Loaded
    from frp.config.server import ServerConfig
    from frp.interfaces import IReactor

__all__ = ["WorkersProgram"]


class WorkersProgram(Program):
    """
    frps as several processes. All are started at once, and the first worker gets its assignment before the others: it
    takes the ports, unless another program has them, and makes the files that are made once; what keeps it from
    starting keeps all of them. Users and clients are taken when all workers have the ports.
    """

    def __init__(
        self,
        reactor: IReactor,
        config: ServerConfig,
        path: str,
        plugins: Iterable[str],
        load: Callable[[], Loaded[ServerConfig]],
        failed: Callable[[Failure], int],
        setLog: SetLog,
        *,
        heard: bool = False,
    ) -> None:
        """
        @param path: of the configuration; empty if flags gave it.
        @param plugins: the files of plugins that were named.
        @param load: reads it again.
        @param failed: says why frps could not start; returns the exit code for that.
        @param heard: whether what workers write to their output is written to our log.
        """
        super().__init__(setLog)
        self._reactor = reactor
        self._config = config
        self._path = path
        self._plugins = tuple(os.path.abspath(file) for file in plugins)
        self._load = load
        self._failed = failed
        self._heard = heard
        self._shelf = Shelf(reactor)
        self._secret = os.urandom(32).hex()
        self._lives: dict[str, Life] = {}  # by what the directory calls them
        self._exchange = Exchange()
        self._begun = False  # whether the first has the ports
        self._waiting: list[Callable[[], object]] = []  # the assignments of the others
        self.workers = [Worker(number, reactor, self._begin, self.log) for number in range(1, countOf(config) + 1)]

    def startService(self) -> None:
        super().startService()
        self.takeLog(self._config.log)
        self.log.info("{origin}", origin=originOf(self._path))
        Deferred.fromCoroutine(self._start()).addErrback(self._notStarted)

    async def _start(self) -> None:
        first, *others = [worker.start() for worker in self.workers]
        serving = DeferredList(others, consumeErrors=True)
        await first
        self._begun = True
        for assign in self._waiting:
            assign()
        for _, failed in await serving:
            if isinstance(failed, Failure):
                failed.raiseException()
        for worker in self.workers:
            worker.keep(self._ended)
        self.log.info("frps started successfully")
        status = f"{len(self.workers)} workers serve"
        self.log.info("{status}", status=status)
        self.started.callback(status)

    def _notStarted(self, failure: Failure) -> None:
        if self.running and not self.ended.called:
            self.ended.callback(self._failed(failure))

    def _begin(self, number: int) -> Life:
        """Start the process of a worker."""
        life = Life(self._shelf, self._drain, self._lives.get)
        node = life.line.node
        self._lives[node] = life
        life.ended.addCallback(self._died, node)
        life.spawn(self._reactor, self._path, heard=self._heard)
        if number == FIRST or self._begun:
            self._assign(number, life)
        else:
            self._waiting.append(partial(self._assign, number, life))
        return life

    def _assign(self, number: int, life: Life) -> None:
        if life.ended.called:
            return
        config = pickle.dumps(partOf(self._config, number, self._secret))
        self._exchange.enter(number, life.line)
        life.assign(self._reactor, Assignment(number, life.line.node, not self._begun, self._plugins, config))

    def _died(self, how: str, node: str) -> str:
        del self._lives[node]
        return how

    # The end

    def _drain(self, seconds: float) -> None:
        """One of them was asked to let its clients go, which means all."""
        self._exchange.ending = True
        for worker in self.workers:
            worker.drain(seconds)

    def _ended(self) -> None:
        """A worker has ended that was let go."""
        if all(worker.gone for worker in self.workers) and self.running:
            self.ended.callback(0)

    def stopService(self) -> Deferred[list[tuple[bool, None]]]:
        self._exchange.ending = True
        stopping = super().stopService()
        return stopping.addCallback(lambda _: DeferredList([worker.stop() for worker in self.workers]))

    # Another configuration

    async def reload(self) -> None:
        """Read it, and let each worker take what can be taken."""
        if not self.started.called:
            self.log.warn("the configuration is not read again: frps has not started yet")
            return
        try:
            loaded = await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._load)
        except FRPError as error:
            self.notReloaded(self._path, error)
            return
        for remark in loaded.remarks:
            self.log.warn("{remark}", remark=remark)
        self.takeLog(loaded.config.log)
        self._config = _taken(self._config, loaded.config)
        parts = [(worker, partOf(loaded.config, worker.number, self._secret)) for worker in self.workers]
        await DeferredList([worker.become(part) for worker, part in parts])


def _taken(before: ServerConfig, after: ServerConfig) -> ServerConfig:
    """@return: what workers serve from now on, also those that are started later."""
    config = copy(before)
    config.log = after.log
    config.transport = copy(before.transport)
    config.transport.tls = tls = copy(before.transport.tls)
    for name in ("certFile", "keyFile", "trustedCaFile"):
        setattr(tls, name, getattr(after.transport.tls, name))
    config.webServer = copy(before.webServer)
    config.webServer.tls = after.webServer.tls
    return config
